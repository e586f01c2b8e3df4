"""`ingest`: raw files in, canonical tables and quarantine out, one batch a file."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd

from liveattr.errors import IngestError, TokenKeyError, did_you_mean
from liveattr.formats import Spec, preset_names, read_preset
from liveattr.formats.spec import quote
from liveattr.lake import Lake, Summary, run_stage
from liveattr.settings import Settings, load_settings
from liveattr.sources import checks, convert, fold, mapping, reader, tokens
from liveattr.tables import TABLES, get_table

__all__ = ["Batch", "Source", "find_sources", "ingest", "load_file"]

_CUSTOM = "preset.yaml"
_DATASETS = ("sample_broadcast",)
"""Folders of `data/raw` that are datasets of the package: loaded by `liveattr demo` only."""

_SKIPPED = (".md", ".yaml", ".yml")
_FIRST = (
    "test_account",
    "consent",
    "campaign",
    "broadcast",
    "tracked_link",
    "sku_map",
    "order_header",
    "refund",
)
"""Tables that others refer to: their files are read first, in this order."""


@dataclass(frozen=True)
class Source:
    """One file, with the preset that reads it and its path below the ingested folder."""

    spec: Spec
    path: Path
    name: str

    @property
    def sha256(self) -> str:
        """Hash of the file's content."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @property
    def ingest_id(self) -> str:
        """Id of the batch: the same file with the same preset is the same batch."""
        text = f"{self.sha256} {self.spec.preset} {self.spec.version}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Batch:
    """What became of one file; `rows_in = rows_ok + rows_bad + rows_set_aside`."""

    source: Source
    status: str
    rows_in: int = 0
    rows_ok: int = 0
    rows_bad: int = 0
    rows_set_aside: int = 0
    outputs: tuple[tuple[str, int], ...] = ()
    held: tuple[int, ...] = ()


def find_sources(path: Path, preset: str | None = None) -> list[Source]:
    """Find the files below a folder and the preset of each.

    `data/raw/<preset>/file` and `data/raw/<anything>/preset.yaml` + files are recognised; one file,
    or a folder that is itself named after a preset, works too.

    Raises
    ------
    IngestError
        If nothing is there, or a folder's name is no preset.
    """
    if not path.exists():
        raise IngestError(f"{path} does not exist; put your exports into data/raw/<preset>/")
    if preset is not None:
        spec = read_preset(preset)
        files = [path] if path.is_file() else _files(path)
        return [Source(spec, f, f.name) for f in files]
    folder = path.parent if path.is_file() else path
    own = _spec_of(folder)
    if own is not None:
        return [
            Source(own, f, f"{folder.name}/{f.name}")
            for f in ([path] if path.is_file() else _files(folder))
        ]
    if path.is_file():
        raise IngestError(
            f"{path.name}: its folder {folder.name!r} is no preset; name one with --preset, "
            f"{did_you_mean(folder.name, preset_names())}"
        )
    found = []
    for sub in sorted(p for p in path.iterdir() if p.is_dir() and not p.name.startswith(".")):
        spec_of_sub = _spec_of(sub)
        if spec_of_sub is None:
            if sub.name in _DATASETS:
                continue
            raise IngestError(
                f"{sub.name!r} in {path.name} is no preset; {did_you_mean(sub.name, preset_names())}; "
                f"or put a {_CUSTOM} of your own into it"
            )
        found += [Source(spec_of_sub, f, f"{sub.name}/{f.name}") for f in _files(sub)]
    if not found:
        raise IngestError(
            f"there are no files below {path}; put your exports into {path}/<preset>/"
        )
    return sorted(found, key=lambda s: (_rank(s.spec), s.name))


def _files(folder: Path) -> list[Path]:
    return sorted(
        p for p in folder.iterdir()
        if p.is_file() and not p.name.startswith((".", "~")) and p.suffix.lower() not in _SKIPPED
    )  # fmt: skip


def _spec_of(folder: Path) -> Spec | None:
    if (folder / _CUSTOM).exists():
        return read_preset(folder / _CUSTOM)
    return read_preset(folder.name) if folder.name in preset_names() else None


def _rank(spec: Spec) -> int:
    return min((_FIRST.index(t) for t in spec.tables if t in _FIRST), default=len(_FIRST))


def ingest(
    lake: Lake,
    path: str | Path,
    *,
    preset: str | None = None,
    settings: Settings | None = None,
    demo: bool = False,
) -> Summary:
    """Read raw files into the lake; doing it again changes nothing.

    Parameters
    ----------
    lake
        The lake, from `open_lake`.
    path
        A file, a folder `<preset>/…`, or a folder of such folders (`data/raw`).
    preset
        Name of a preset, or path of a YAML file of your own, where the folder's name does not say.
    demo
        Public data: the fixed public token key is used.

    Returns
    -------
    Summary
        Records in, refused (bad), rows by table; notes say which files failed or wait.

    Raises
    ------
    IngestError
        If a file cannot be read, or has more bad rows than `bad_share_limit`; every other file is
        loaded before that, and the bad rows are listed in `quarantine_row`.
    TokenKeyError
        If identifiers must become tokens and the key is missing, or is not the lake's key.
    """
    settings = settings or load_settings()
    sources = find_sources(Path(path), preset)
    batches: list[Batch] = []

    def body(lake: Lake) -> Summary:
        batches.extend(load_file(lake, s, settings=settings, demo=demo) for s in sources)
        from liveattr.sources.quarantine import retry_orphans

        batches.extend(retry_orphans(lake, sources, settings=settings, demo=demo))
        return _summary(batches)

    canonical = [n for n, t in TABLES.items() if "ingest_id" in t.names]
    options = {"batches": sorted(s.ingest_id for s in sources), "limit": settings.bad_share_limit}
    summary = run_stage(lake, "ingest", options=options, reads=(), writes=canonical, body=body)
    failed = [b for b in batches if b.status == "failed"]
    if failed:
        raise IngestError(_failure(failed, settings.bad_share_limit))
    return summary


def _failure(failed: list[Batch], limit: float) -> str:
    files = "; ".join(f"{b.source.name}: {b.rows_bad} of {b.rows_in} rows" for b in failed)
    return (
        f"too many bad rows (limit {limit:.0%}), so these files changed no table: {files}. See them with "
        "`liveattr quarantine list`; mend the file or its preset, or raise bad_share_limit"
    )


def _summary(batches: list[Batch]) -> Summary:
    outputs: dict[str, int] = {}
    notes = []
    for batch in batches:
        for name, rows in batch.outputs:
            outputs[name] = outputs.get(name, 0) + rows
        if batch.rows_bad or batch.rows_set_aside or batch.status == "failed":
            notes.append(
                f"{batch.source.name}: {batch.status}, {batch.rows_in} in = {batch.rows_ok} ok + "
                f"{batch.rows_bad} bad + {batch.rows_set_aside} set aside"
            )
    return Summary(
        rows_in=sum(b.rows_in for b in batches),
        rows_refused=sum(b.rows_bad for b in batches),
        outputs={n: outputs[n] for n in TABLES if n in outputs},
        notes=tuple(notes),
    )


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

    A batch that is loaded already is left alone.
    """
    spec, batch_id = source.spec, source.ingest_id
    with lake.connect() as con, tempfile.TemporaryDirectory() as scratch:
        known = con.execute(
            "SELECT status, rows_in, rows_ok, rows_bad, rows_set_aside FROM ingest_batch WHERE ingest_id = ?",
            [batch_id],
        ).fetchall()
        if known and known[0][0] == "loaded" and rows is None:
            return Batch(source, "known")
        key = _use_key(con, spec, demo)
        convert.make_macros(con)
        missing = reader.open_raw(con, spec, source.path, Path(scratch))
        _refuse_missing(spec, source, missing)
        if rows is not None:
            _keep_rows(con, rows)
        convert.convert(con, spec)
        names, notes = _judge(con, spec, batch_id, waived)
        count = con.sql("SELECT count(*) FROM record").fetchall()[0][0]
        bad, aside = con.sql(
            "SELECT count(*) FILTER (NOT expected), count(*) FILTER (expected) FROM reason"
        ).fetchall()[0]
        failed = rows is None and count > 0 and bad > settings.bad_share_limit * count
        notes |= _unknown_words(con, spec)
        outputs = [] if failed else _write_tables(lake, con, names)
        _write_quarantine(lake, con, source, batch_id, rows)
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
            _write_batch(lake, con, batch, batch_id, key, notes, names)
        if "test_account" in names and not failed:
            _mark_known_tests(lake)
        return batch


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
    con: duckdb.DuckDBPyConnection, spec: Spec, batch_id: str, waived: Collection[str]
) -> tuple[list[str], dict[str, object]]:
    """Find out what is wrong with which record, until mapping the good ones finds nothing new."""
    checks.start_bad(con, spec)
    checks.check_records(con, spec, waived)
    con.execute("CREATE OR REPLACE TEMP VIEW new_order AS SELECT * FROM order_header WHERE false")
    notes: dict[str, object] = {}
    if signs := checks.fix_signs(con, spec):
        notes["SIGNS"] = signs
    notes["repeated"] = fold.repeats(con, spec)
    while True:
        names = mapping.map_tables(con, spec, batch_id)
        if "order_header" in names:
            fresh = f"SELECT * EXCLUDE (records) FROM {mapping.new_table('order_header')}"
            con.execute(f"CREATE OR REPLACE TEMP VIEW new_order AS {fresh}")
            fold.mark_tests(con)
        found = checks.check_tables(con, spec, names, waived)
        if not found and not fold.choose(con, names, waived):
            break
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
        table = get_table(name)
        relation = con.sql(fold.rows_to_write(con, name, names))
        rows = con.sql(f"SELECT count(*) FROM ({fold.rows_to_write(con, name, names)})").fetchall()[
            0
        ][0]
        if rows:
            lake.write(name, relation, mode="upsert", key=table.part_of or None)
        outputs.append((name, rows))
    return outputs


def _write_quarantine(
    lake: Lake,
    con: duckdb.DuckDBPyConnection,
    source: Source,
    batch_id: str,
    rows: Collection[int] | None,
) -> None:
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
    if rows is None:
        lake.write("quarantine_row", frame, mode="replace_where", where={"ingest_id": batch_id})
    else:
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


def _write_batch(
    lake: Lake,
    con: duckdb.DuckDBPyConnection,
    batch: Batch,
    batch_id: str,
    key: str | None,
    notes: dict[str, object],
    names: list[str],
) -> None:
    owners = [n for n in names if not get_table(n).part_of and n != "order_state_event"]
    verdicts = {"repeated": notes.pop("repeated"), "older": 0}
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
    row = {
        "ingest_id": batch_id,
        "path": batch.source.name,
        "sha256": batch.source.sha256,
        "preset": batch.source.spec.preset,
        "preset_version": batch.source.spec.version,
        "status": batch.status,
        "rows_in": batch.rows_in,
        "rows_ok": batch.rows_ok,
        "rows_repeated": verdicts["repeated"],
        "rows_older": verdicts["older"],
        "rows_bad": batch.rows_bad,
        "rows_set_aside": batch.rows_set_aside,
        "bad_by_code": json.dumps(dict(codes)),
        "notes": json.dumps(notes, ensure_ascii=False, sort_keys=True),
        "legal_basis": batch.source.spec.legal_basis,
        "key_id": key,
        "loaded_at": datetime.now(UTC),
    }
    frame = pd.DataFrame([row], columns=list(TABLES["ingest_batch"].names))
    lake.write("ingest_batch", frame, mode="upsert")


def _mark_known_tests(lake: Lake) -> None:
    """Mark orders of accounts that were named as test accounts only now."""
    with lake.connect() as con:
        any_of = " OR ".join(f"{t} IN (SELECT id_token FROM test_account)" for t in fold.TOKENS)
        changed = con.sql(
            f"SELECT * REPLACE (true AS is_test) FROM order_header WHERE NOT is_test AND ({any_of})"
        )
        if changed.shape[0]:
            lake.write("order_header", changed, mode="upsert")
