"""One file is one batch: read, judged record by record, written table by table."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from liveattr.errors import IngestError, TokenKeyError
from liveattr.formats import Spec
from liveattr.formats.spec import quote
from liveattr.lake import Lake
from liveattr.settings import Settings
from liveattr.sources import checks, convert, fold, macros, mapping, reader, tokens, tombstones
from liveattr.sources.addresses import with_whole_ip
from liveattr.sources.blocked import blocked_patterns
from liveattr.sources.books import Batch
from liveattr.sources.door import count_blocked
from liveattr.sources.files import Source
from liveattr.tables import TABLES, get_table

__all__ = ["load_file", "refuse_file"]

_ORDERS = ("order_header", "order_line", "order_state_event", "test_account")
"""Tables that the checks of whatever belongs to an order may look into."""
_OF_ORDERS = ("order_header", "order_line", "refund", "refund_line", "settlement_line")


def load_file(
    lake: Lake,
    source: Source,
    *,
    settings: Settings,
    demo: bool = False,
    rows: Collection[int] | None = None,
    waived: Collection[str] = (),
) -> Batch:
    """Load one file as one batch; with `rows`, only these records of it (a release).

    A batch that is loaded already is left alone. `Books` keeps what became of the file.
    """
    spec, batch_id = source.spec, source.ingest_id
    spec = with_whole_ip(spec) if settings.fuzzy_match else spec
    of_orders = not spec.tables.keys().isdisjoint(_OF_ORDERS)
    needed = {"ingest_batch", *spec.tables, *(_ORDERS if of_orders else ())}
    with lake.connect(needed) as con, tempfile.TemporaryDirectory() as scratch:
        earlier = _earlier(con, source)
        known = earlier.pop(batch_id, None)
        if known and known[0] == "loaded" and rows is None:
            return Batch(source, "known")
        if any(sha == source.sha256 for _, sha in earlier.values()):
            waived = {*waived, fold.RESTATED}
        key = _use_key(con, spec, demo)
        macros.make_macros(con)
        missing = reader.open_raw(con, spec, source.path, Path(scratch))
        _refuse_missing(spec, source, missing)
        if rows is not None:
            _keep_rows(con, rows)
        convert.convert(con, spec, blocked_patterns(settings.blocked_identifiers))
        buried = spec.needs_key and tombstones.arm(lake, con, demo=demo)
        names, notes = _judge(con, spec, batch_id, waived, buried=buried)
        count = con.sql("SELECT count(*) FROM record").fetchall()[0][0]
        bad, aside = con.sql(
            "SELECT count(*) FILTER (NOT expected), count(*) FILTER (expected) FROM reason"
        ).fetchall()[0]
        failed = rows is None and count > 0 and bad > settings.bad_share_limit * count
        notes |= _unknown_words(con, spec)
        if blocked := count_blocked(con, spec):
            notes["blocked_identifiers"] = blocked
        outputs = [] if failed else _write_tables(lake, con, names)
        _write_quarantine(lake, con, source, batch_id, rows, known=known is not None)
        held = tuple(r for (r,) in con.sql("SELECT source_row FROM reason ORDER BY 1").fetchall())
        batch = Batch(
            source,
            "failed" if failed else "loaded",
            count,
            count - len(held),
            bad,
            aside,
            tuple(outputs),
            held,
        )
        if rows is None:
            row = _told(con, batch, key, notes, names)
            batch = replace(batch, row=row, replaces=() if failed else tuple(earlier))
        if "test_account" in names and not failed:
            _mark_known_tests(lake)
        return batch


def _earlier(con: duckdb.DuckDBPyConnection, source: Source) -> dict[str, tuple[str, str]]:
    """Return id → status and sha256 of this batch, and of those that it takes the place of.

    They have the same path and preset: the file was mended, or its mapping was.
    """
    found = con.execute(
        "SELECT ingest_id, status, sha256 FROM ingest_batch WHERE ingest_id = $id OR (path = $path AND "
        "preset = $preset AND status <> 'replaced') ORDER BY loaded_at",
        {"id": source.ingest_id, "path": source.name, "preset": source.spec.preset},
    ).fetchall()
    return {batch: (status, sha) for batch, status, sha in found}


def _use_key(con: duckdb.DuckDBPyConnection, spec: Spec, demo: bool) -> str | None:
    if not spec.needs_key:
        return None
    key = tokens.load_key(demo=demo)
    mine = tokens.key_id(key)
    others = con.execute(
        "SELECT DISTINCT key_id FROM ingest_batch WHERE key_id IS NOT NULL AND key_id <> ?", [mine]
    ).fetchall()
    if others:
        demo_lake = others[0][0] == tokens.key_id(tokens.DEMO_KEY)
        raise TokenKeyError(
            "this lake holds a demo, made with the public key; load your data into a lake of its own"
            if demo_lake
            else f"this lake was made with another {tokens.KEY_VARIABLE}: the same phone would become two "
            "people. Use the first key, or a new lake"
        )
    tokens.use_key(con, key)
    return mine


def _refuse_missing(spec: Spec, source: Source, missing: list[str]) -> None:
    lacking = [f for f in missing if spec.fields[f].required]
    if lacking:
        raise IngestError(
            f"{source.name}: the field {lacking[0]!r} of preset {spec.preset} is not in the file; "
            f"`liveattr presets show {spec.preset}` lists the fields and their other spellings"
        )


def _keep_rows(con: duckdb.DuckDBPyConnection, rows: Collection[int]) -> None:
    wanted = ", ".join(str(int(r)) for r in rows)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE wanted AS SELECT * FROM raw WHERE source_row IN ({wanted})"
    )
    con.execute("DROP VIEW raw")
    con.execute("ALTER TABLE wanted RENAME TO raw")


def _judge(
    con: duckdb.DuckDBPyConnection,
    spec: Spec,
    batch_id: str,
    waived: Collection[str],
    *,
    buried: bool,
) -> tuple[list[str], dict[str, object]]:
    """Find out what is wrong with which record, until mapping the good ones finds nothing new.

    With `buried` there are tombstones, and what was erased is taken out of the mapped rows.
    """
    checks.start_bad(con, spec)
    checks.check_records(con, spec, waived)
    if not spec.tables.keys().isdisjoint(_OF_ORDERS):
        con.execute("CREATE TEMP VIEW new_order AS SELECT * FROM order_header WHERE false")
    notes: dict[str, object] = {}
    if signs := checks.fix_signs(con, spec):
        notes["SIGNS"] = signs
    notes["repeated"] = fold.repeats(con, spec)
    names = mapping.map_tables(con, spec, batch_id)
    while True:
        if buried and (erased := tombstones.suppress(con, names)):
            # Of the records that stay, less each time: the first count stands.
            notes.setdefault("erased_identifiers", erased)
        if "order_header" in names:
            fresh = f"SELECT * EXCLUDE (records) FROM {mapping.new_table('order_header')}"
            con.execute(f"CREATE OR REPLACE TEMP VIEW new_order AS {fresh}")
            fold.mark_tests(con)
        found = checks.check_tables(con, spec, names, waived)
        if not found and not fold.choose(con, names, waived):
            break
        mapping.map_again(con, spec, names, batch_id)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE reason AS SELECT * FROM bad WHERE code <> 'REPEAT' "
        "QUALIFY row_number() OVER (PARTITION BY source_row ORDER BY prio, field) = 1"
    )
    return names, notes


def _write_tables(
    lake: Lake, con: duckdb.DuckDBPyConnection, names: list[str]
) -> list[tuple[str, int]]:
    outputs = []
    for name in fold.write_order(names):
        sql, rows = fold.rows_to_write(con, name, names)
        if rows:
            key = get_table(name).part_of or None
            lake.write(name, con.sql(sql), mode="upsert", key=key)
        outputs.append((name, rows))
    return outputs


def _write_quarantine(
    lake: Lake,
    con: duckdb.DuckDBPyConnection,
    source: Source,
    batch_id: str,
    rows: Collection[int] | None,
    *,
    known: bool,
) -> None:
    """List what is held back; a batch that failed before gives up its old list."""
    con.execute("SET VARIABLE batch = ?", [json.dumps([batch_id, source.spec.preset, source.name])])
    cells = ", ".join(
        f"json_extract_string(getvariable('batch'), '$[{i}]') AS {n}"
        for i, n in enumerate(("ingest_id", "preset", "path"))
    )
    relation = con.sql(
        f"SELECT {cells}, source_row, code AS reason_code, field, value AS value_redacted, detail, waits_for, "
        "expected, NULL::TIMESTAMPTZ AS released_at FROM reason ORDER BY source_row"
    )
    order = ", ".join(map(quote, TABLES["quarantine_row"].names))
    frame = relation.project(order)
    if rows is None and (known or con.sql("SELECT 1 FROM reason LIMIT 1").fetchall()):
        lake.write("quarantine_row", frame, mode="replace_where", where={"ingest_id": batch_id})
    elif rows is not None:
        lake.write("quarantine_row", frame, mode="upsert")


def _unknown_words(con: duckdb.DuckDBPyConnection, spec: Spec) -> dict[str, object]:
    """Count unknown words of status fields and defaulted words of enum fields."""
    notes: dict[str, object] = {}
    places = [("record", spec.fields), *((f"item: {n}", fs) for n, fs in spec.lists.items())]
    for table, fields in places:
        for name, field in fields.items():
            if field.kind not in ("status", "enum") or (
                field.kind == "enum" and field.default is None
            ):
                continue
            raw = quote(f"{name}~raw")
            known = list(field.map)
            found = con.execute(
                f"SELECT {raw}, count(*) FROM {quote(table)} WHERE {raw} IS NOT NULL AND NOT list_contains(?, {raw}) "
                "GROUP BY 1 ORDER BY 1",
                [known],
            ).fetchall()
            if found:
                words = notes.setdefault("STATUS_UNKNOWN", {})
                assert isinstance(words, dict)
                words[name] = dict(found)
    return notes


def _told(
    con: duckdb.DuckDBPyConnection,
    batch: Batch,
    key: str | None,
    notes: dict[str, object],
    names: list[str],
) -> dict[str, object]:
    """Return the cells of `ingest_batch` that say how the records fared."""
    owners = [n for n in names if not get_table(n).part_of and n != "order_state_event"]
    verdicts = {"repeated": int(str(notes.pop("repeated"))), "older": 0}
    if batch.status == "loaded":
        union = " UNION ".join(
            f"SELECT unnest(records) AS r, verdict FROM {quote('chosen: ' + n)}" for n in owners
        )
        told = con.sql(
            f"SELECT verdict, count(*) FROM (SELECT r, min(verdict) AS verdict FROM ({union}) GROUP BY r "
            "HAVING count(DISTINCT verdict) = 1) GROUP BY 1"
        ).fetchall()
        for verdict, n in told:
            if verdict in verdicts:
                verdicts[verdict] += n
    codes = con.sql("SELECT code, count(*) FROM reason GROUP BY 1 ORDER BY 1").fetchall()
    return _cells(key, notes, dict(codes), **verdicts)


def refuse_file(source: Source, why: str) -> Batch:
    """Return a file that cannot be read as a failed batch: it must not be forgotten."""
    return Batch(source, "failed", row=_cells(None, {"unreadable": why}, {}, repeated=0, older=0))


def _cells(
    key: str | None,
    notes: Mapping[str, object],
    codes: Mapping[str, int],
    *,
    repeated: int,
    older: int,
) -> dict[str, object]:
    return {
        "rows_repeated": repeated,
        "rows_older": older,
        "bad_by_code": json.dumps(codes),
        "notes": json.dumps(notes, ensure_ascii=False, sort_keys=True),
        "key_id": key,
        "loaded_at": datetime.now(UTC),
    }


def _mark_known_tests(lake: Lake) -> None:
    """Mark orders of accounts that were named as test accounts only now."""
    with lake.connect(["order_header", "test_account"]) as con:
        any_of = " OR ".join(f"{t} IN (SELECT id_token FROM test_account)" for t in fold.TOKENS)
        changed = con.sql(
            f"SELECT * REPLACE (true AS is_test) FROM order_header WHERE NOT is_test AND ({any_of})"
        )
        if changed.shape[0]:
            lake.write("order_header", changed, mode="upsert")
