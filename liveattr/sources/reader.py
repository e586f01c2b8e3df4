"""Files of any of the accepted kinds become one DuckDB relation of text columns.

`raw(source_row BIGINT, <one column a declared field>, <one JSON text column a list>)`, values as
the file spells them. Nothing is interpreted here; `convert` does that.
"""

from __future__ import annotations

import codecs
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from zipfile import BadZipFile

import duckdb
import pyarrow as pa

from liveattr.errors import IngestError
from liveattr.formats.spec import Field, Spec, literal, quote

__all__ = ["fields_sql", "open_raw", "path_sql"]

_KINDS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "tsv",
    ".xlsx": "xlsx",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
_EXACT_DIGITS = 15
"""A spreadsheet keeps a number to 15 digits; a longer id stored as a number is damaged."""

_PROBE_BYTES = 1 << 20


def open_raw(con: duckdb.DuckDBPyConnection, spec: Spec, path: Path, scratch: Path) -> list[str]:
    """Create the relation `raw` for one file and return the declared fields that it lacks.

    Parameters
    ----------
    scratch
        Folder for a UTF-8 copy, where the file has another encoding.

    Raises
    ------
    IngestError
        If the file's kind is unknown, not accepted by the preset, or it cannot be read.
    """
    kind = _KINDS.get(path.suffix.lower())
    if kind is None or kind not in {*spec.files, *(("json",) if "jsonl" in spec.files else ())}:
        raise IngestError(
            f"{path.name}: preset {spec.preset} reads {', '.join(spec.files)} files, "
            f"not {path.suffix or 'files without an ending'}"
        )
    try:
        if kind in ("json", "jsonl"):
            return _open_json(con, spec, path, scratch, kind)
        if kind == "parquet":
            con.execute(
                "CREATE OR REPLACE TEMP VIEW source AS SELECT *, file_row_number + 1 AS "
                f"source_row FROM read_parquet({literal(str(path))}, file_row_number = true)"
            )
        elif kind == "xlsx":
            _open_xlsx(con, path)
        else:
            _open_csv(con, path, scratch, "\t" if kind == "tsv" else "")
    except duckdb.Error as error:
        raise IngestError(f"{path.name} cannot be read as {kind}: {error}") from error
    return _flat(con, spec, path)


def _flat(con: duckdb.DuckDBPyConnection, spec: Spec, path: Path) -> list[str]:
    """Pick the declared fields, by name or alias, from the flat relation `source`."""
    there = {c[0].strip().strip("\ufeff"): c[0] for c in con.sql("DESCRIBE source").fetchall()}
    cells, missing = ["source_row"], []
    for name, field in _read_fields(spec).items():
        found = next((there[n] for n in (name, *field.aliases, field.zh) if n in there), None)
        if found is None:
            missing.append(name)
        value = "NULL" if found is None else quote(found)
        cells.append(f"CAST({value} AS VARCHAR) AS {quote(name)}")
    if len(missing) == len(_read_fields(spec)):
        raise IngestError(
            f"{path.name}: none of the fields of preset {spec.preset} is in its head. It has "
            f"{', '.join(list(there)[:8])} …; expected {', '.join(list(_read_fields(spec))[:8])} …"
        )
    con.execute(f"CREATE OR REPLACE TEMP VIEW raw AS SELECT {', '.join(cells)} FROM source")
    return missing


def _read_fields(spec: Spec) -> dict[str, Field]:
    return {n: f for n, f in spec.fields.items() if f.kind != "drop"}


def _utf8(path: Path, scratch: Path) -> Path:
    """Return the file, or a UTF-8 copy of it where it has a BOM or is GB18030."""
    with path.open("rb") as file:
        head = file.read(4)
    utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if utf16 and _decodes(path, "utf-16"):
        encoding = "utf-16"
    elif head.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    elif _decodes(path, "utf-8"):
        return path
    elif _decodes(path, "gb18030"):
        encoding = "gb18030"
    else:
        raise IngestError(f"{path.name} is neither UTF-8 nor GB18030; save it as one of the two")
    copy = scratch / path.name
    with (
        path.open(encoding=encoding, newline="") as src,
        copy.open("w", encoding="utf-8", newline="") as out,
    ):
        while text := src.read(_PROBE_BYTES):
            out.write(text)
    return copy


def _decodes(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding, newline="") as file:
            while file.read(_PROBE_BYTES):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _open_csv(con: duckdb.DuckDBPyConnection, path: Path, scratch: Path, sep: str) -> None:
    copy = _utf8(path, scratch)
    delim = f", delim = {literal(sep)}" if sep else ", delim = ','"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE source AS SELECT *, row_number() OVER () AS source_row "
        f"FROM read_csv({literal(str(copy))}{delim}, header = true, all_varchar = true, "
        "null_padding = true, strict_mode = false, parallel = false, quote = '\"', escape = '\"')"
    )


def _cell_text(value: object) -> str | None:
    """Write a cell as text; a whole number too long for a spreadsheet shows its damage."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        if abs(value) >= 10**_EXACT_DIGITS:
            return f"{value:.6E}"
        return str(int(value)) if float(value).is_integer() else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return str(value)


def _open_xlsx(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, KeyError) as error:  # a page or an old .xls under a new name
        raise IngestError(
            f"{path.name} is no Excel workbook, whatever its name says; open it and save it as .xlsx"
        ) from error
    rows = book.worksheets[0].iter_rows(values_only=True)
    head = [str(h).strip() if h is not None else "" for h in next(rows, ())]
    if not any(head):
        raise IngestError(f"{path.name}: the first row of its first sheet has no headings")
    table = [[_cell_text(v) for v in row] for row in rows]
    book.close()
    columns: dict[str, pa.Array] = {}
    for i, name in enumerate(head):
        if name and name not in columns:
            columns[name] = pa.array([r[i] if i < len(r) else None for r in table], pa.string())
    columns["source_row"] = pa.array(range(1, len(table) + 1), pa.int64())
    arrow = pa.table(columns)
    named = [c for c in arrow.column_names if c != "source_row"]
    some = " OR ".join(f"{quote(c)} IS NOT NULL" for c in named)
    con.register("sheet", arrow)
    con.execute(f"CREATE OR REPLACE TEMP TABLE source AS SELECT * FROM sheet WHERE {some}")
    con.unregister("sheet")


_TEXT = (
    "TRY_CAST(CASE WHEN {0} LIKE '\\%7B%' ESCAPE '\\' OR {0} LIKE '\\%5B%' ESCAPE '\\' "
    "THEN url_decode({0}) ELSE {0} END AS JSON)"
)
"""SQL that reads JSON out of a text, which may be URL-encoded."""


def path_sql(column: str, name: str) -> str:
    """Return SQL for the JSON text at a dotted path; `a::b` parses the text at `a` first.

    An address such as `list[0].x` is allowed.
    """
    value = column
    for i, part in enumerate(name.split("::")):
        if i:
            value = _TEXT.format(value)
        if part:
            value = f"json_extract_string({value}, {_steps(part)})"
    return value


def _steps(part: str) -> str:
    steps = (
        f'."{key.split("[")[0]}"' + ("[" + key.split("[", 1)[1] if "[" in key else "")
        for key in part.split(".")
    )
    return literal("$" + "".join(steps))


def fields_sql(source: str, keep: str, fields: Mapping[str, tuple[str, Field]]) -> str:
    """Return SQL that reads many JSON fields, each document parsed once.

    Parameters
    ----------
    source
        Relation with JSON columns.
    keep
        What else is selected.
    fields
        Name → JSON column and field. A field is at its own path, else at that of an alias.
    """
    levels: list[dict[str, list[str]]] = []
    for name, (column, field) in fields.items():
        for path in (name, *field.aliases):
            parts = _parts(column, path)
            for depth in range(1, len(parts)):
                if len(levels) < depth:
                    levels.append({})
                found = levels[depth - 1].setdefault("::".join(parts[:depth]), [])
                if parts[depth] not in found:
                    found.append(parts[depth])
    sql, places = f"SELECT * FROM {source}", dict[str, str]()
    for depth, documents in enumerate(levels):
        lists = []
        for number, (document, parts_of) in enumerate(documents.items()):
            text = document if not depth else _TEXT.format(places[document])
            held = f"x{depth}_{number}"
            lists.append(
                f"json_extract_string({text}, [{', '.join(map(_steps, parts_of))}]) AS {held}"
            )
            places |= {f"{document}::{p}": f"{held}[{i}]" for i, p in enumerate(parts_of, 1)}
        sql = f"SELECT *, {', '.join(lists)} FROM ({sql})"
    cells = [keep]
    for name, (column, field) in fields.items():
        found_at = ", ".join(
            places.get("::".join(_parts(column, path))) or path_sql(column, path)
            for path in (name, *field.aliases)
        )
        cells.append(f"{f'coalesce({found_at})' if field.aliases else found_at} AS {quote(name)}")
    return f"SELECT {', '.join(cells)} FROM ({sql})"


def _parts(column: str, path: str) -> list[str]:
    """Return the JSON column and the steps into texts; a field of the column that it is, in full."""
    parts = (path.removeprefix("up.") if column == "up" else path).split("::")
    return [column, *parts] if all(parts) else [column]


def _open_json(
    con: duckdb.DuckDBPyConnection, spec: Spec, path: Path, scratch: Path, kind: str
) -> list[str]:
    copy = literal(str(_utf8(path, scratch)))
    if kind == "jsonl":
        con.execute(
            "CREATE OR REPLACE TEMP TABLE source AS SELECT row_number() OVER () AS source_row, j FROM "
            f"(SELECT {_many(spec)} AS j FROM (SELECT "
            f"{_record_sql(spec, 'TRY_CAST(line AS JSON)')} AS r FROM (SELECT trim(column0) AS line "
            f"FROM read_csv({copy}, header = false, columns = {{'column0': 'VARCHAR'}}, "
            "delim = '\x01', quote = '', escape = '', parallel = false, auto_detect = false, "
            "max_line_size = 16777216)) WHERE line <> ''))"
        )
    else:
        _open_document(con, spec, copy)
    keep = "source_row, j IS NULL AS not_json" + (", j AS json" if spec.lists else "")
    fields = {name: ("j", field) for name, field in _read_fields(spec).items()}
    con.execute(f"CREATE OR REPLACE TEMP VIEW raw AS {fields_sql('source', keep, fields)}")
    return []


def _record_sql(spec: Spec, column: str) -> str:
    """Return SQL for what holds the records: the first of the `records` paths, else the root."""
    paths = [f"TRY_CAST({path_sql(column, p)} AS JSON)" for p in spec.records]
    return f"coalesce({', '.join([*paths, column])})"


def _many(spec: Spec) -> str:
    """Return SQL that takes a line apart where it may be a whole reply with a list of records."""
    split = "unnest(CASE WHEN json_type(r) = 'ARRAY' THEN json_extract(r, '$[*]') ELSE [r] END)"
    return split if spec.records else "r"


def _open_document(con: duckdb.DuckDBPyConnection, spec: Spec, copy: str) -> None:
    """Split one JSON document into its records: the root, or what `records` names."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE document AS SELECT json AS j FROM "
        f"read_json_objects({copy}, format = 'unstructured', maximum_object_size = 268435456)"
    )
    root = f"CASE WHEN json_type(j) = 'ARRAY' THEN j ELSE {_record_sql(spec, 'j')} END"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE source AS SELECT row_number() OVER () AS source_row, j FROM "
        f"(SELECT unnest(CASE WHEN json_type(r) = 'ARRAY' THEN json_extract(r, '$[*]') ELSE [r] END)"
        f" AS j FROM (SELECT {root} AS r FROM document))"
    )
