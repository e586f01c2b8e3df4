"""Which records carry a tracked link that was altered, or that somebody else made."""

from __future__ import annotations

import duckdb

from liveattr.formats.spec import Spec, literal, quote
from liveattr.sources.links import FACTS, is_ours_sql, lid_sql, signature_sql, use_link_key
from liveattr.sources.signatures import link_key

__all__ = ["forged_links"]


def forged_links(con: duckdb.DuckDBPyConnection, spec: Spec) -> list[str]:
    """Return SQL for the records of `record` that are LINK_FORGED, as `checks` adds reasons.

    Events and rows of links are checked where the preset has a field of kind `link_sig` and
    LIVEATTR_LINK_KEY is set: the signature must be that of `lid` and source, and a row of links must
    fit the `lid` that `make_links` gave it. A record without a signature claims nothing and passes.
    """
    key = link_key()
    sig = next((n for n, f in spec.fields.items() if f.kind == "link_sig"), None)
    if not key or sig is None:
        return []
    use_link_key(con, key)
    found = []
    for table in ("event", "tracked_link"):
        for one in spec.tables.get(table, ()):
            named = {
                c: f for c, f in one.columns.items() if isinstance(f, str) and f in spec.fields
            }
            if "link_id" in named:
                found.append(_wrong_signature(spec, named, sig))
            if "link_id" in named and table == "tracked_link":
                found.append(_wrong_facts(named))
    return found


def _wrong_signature(spec: Spec, named: dict[str, str], sig: str) -> str:
    source = named.get("source_code") or ("source" if "source" in spec.fields else "")
    right = signature_sql(quote(named["link_id"]), quote(source) if source else "NULL")
    wrong = f"{quote(sig)} IS NOT NULL AND lower({quote(sig)}) IS DISTINCT FROM {right}"
    return _forged(sig, "the link was altered or made by somebody else", wrong)


def _wrong_facts(named: dict[str, str]) -> str:
    link = quote(named["link_id"])
    facts = {column: quote(field) for column, field in named.items() if column in FACTS}
    why = "the link was made for another broadcast, host, product or place"
    return _forged(named["link_id"], why, f"{is_ours_sql(link)} AND {link} <> {lid_sql(facts)}")


def _forged(field: str, why: str, wrong: str) -> str:
    return (
        f"SELECT source_row, 'LINK_FORGED', {literal(field)}, NULL, {literal(why)}, false, NULL "
        f"FROM record WHERE bad IS NULL AND {wrong}"
    )
