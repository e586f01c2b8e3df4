"""SQL macros of a connection that reads files: short names for what is asked of every field.

DuckDB reads the text of a statement twice, at about 1 µs a character and more than the work for a
small file: a macro is read once, and statements that use it are a half shorter.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from liveattr.formats.spec import literal

__all__ = ["MOST", "among", "make_macros"]

MOST = 10**15
"""Amounts and counts are below it: 10 trillion yuan in fen, exact also in a double."""
_FEW = 4
"""So many words are compared one by one; DuckDB makes a hash join of an IN that has more."""
_NULLS = ("", "-", "--", "null", "NULL", "None", "NaN")
_SPACE = " \t\n\r\u00a0"


def make_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Define the macros on a connection; of them a preset may use `half_even` and `to_fen`.

    `half_even` is a decimal as a whole number, `to_fen` yuan as fen.
    """
    for head, body in _MACROS.items():
        con.execute(f"CREATE OR REPLACE TEMP MACRO {head} AS {body}")


def among(column: str, words: Sequence[str]) -> str:
    """Return SQL for whether a text is one of some words.

    Examples
    --------
    >>> among("t", ["a", "b", "c", "d", "e"])
    "(t IN ('a', 'b', 'c', 'd') OR t IN ('e'))"
    """
    groups = [words[i : i + _FEW] for i in range(0, len(words), _FEW)]
    tests = (f"{column} IN ({', '.join(map(literal, group))})" for group in groups)
    return f"({' OR '.join(tests)})"


def _plain_time() -> str:
    """Return SQL that writes 2026年01月22日 20时15分30秒, dashes or not, as 2026-01-22 20:15:30."""
    swaps = {"年-": "-", "月-": "-", "年": "-", "月": "-", "日": " ", "时:": ":", "分:": ":"}
    words = "t"
    for old, new in {**swaps, "时": ":", "分": ":", "秒": "", "  ": " "}.items():
        words = f"replace({words}, '{old}', '{new}')"
    return f"trim(CASE WHEN contains(t, '年') THEN {words} ELSE replace(t, '/', '-') END)"


_MACROS = {
    "half_even(d)": "CAST(CASE WHEN abs(d - trunc(d)) = 0.5 THEN 2 * round(d / 2) ELSE round(d) END AS BIGINT)",
    "to_fen(d)": "half_even(d * 100)",
    "trimmed(t)": f"trim(t, {literal(_SPACE)})",
    "given(t)": (
        f"CASE WHEN strlen(t) <= {max(map(len, _NULLS))} AND {among('t', _NULLS)} THEN NULL ELSE t END"
    ),
    # Before each pattern stands a test that is cheap and true for few.
    "id_text(t)": "CASE WHEN contains(t, '.') THEN regexp_replace(t, '^([0-9]+)[.]0$', '\\1') ELSE t END",
    "id_damaged(t)": (
        "t < ':' AND (contains(t, '.') OR contains(t, 'e') OR contains(t, 'E')) AND "
        "regexp_full_match(t, '[0-9]([.][0-9]+)?[eE][+]?[0-9]+|[0-9]{16,}[.]0+')"
    ),
    "exact(t)": "TRY_CAST(replace(ltrim(t, '¥￥$'), ',', '') AS DECIMAL(30, 8))",
    "exact_share(t)": (
        "TRY_CAST(rtrim(replace(ltrim(t, '¥￥$'), ',', ''), '%‰ ') AS DECIMAL(30, 8))"
    ),
    # Without `round` all good values are whole, so exact in a double: quicker to compile.
    "whole(d)": f"CASE WHEN abs(d) < {MOST} THEN CAST(round_even(d, 0) AS BIGINT) END",
    "rounded(d)": f"CASE WHEN abs(d) < {MOST} THEN half_even(d) END",
    "plain_time(t)": _plain_time(),
    "moment(t, zone)": (
        "CASE WHEN regexp_matches(t, ':.*(Z|[+-][0-9]{2}:?[0-9]{2})$') THEN TRY_CAST(regexp_replace(t, "
        "' ?([+-][0-9]{2}):?([0-9]{2})$', '\\1:\\2') AS TIMESTAMPTZ) "
        "ELSE timezone(zone, TRY_CAST(t AS TIMESTAMP)) END"
    ),
}
