"""Erase people: out of the lake and all its versions, reports and, if asked, raw files.

In this order: all identifiers of the person are found and kept in a note, so that an erasure that was
killed is finished by the next one; tombstones are set; reports that name the person go; the tables
lose the rows and tokens, the disk every older version of these tables; the audit says that it was done;
the note goes.
"""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from liveattr.consent.audit import audit_row, write_audit
from liveattr.errors import ParameterError
from liveattr.lake import Lake, Summary
from liveattr.lake.erase import Erased, erase
from liveattr.sources.lake_keys import lake_key
from liveattr.sources.tombstones import suppression_key, tombstone_digest
from liveattr.subjects.find import find_identifiers
from liveattr.subjects.needles import Needles, found_in
from liveattr.subjects.rules import GONE, GONE_CODE, GONE_PERSON, rules
from liveattr.subjects.scan import files_below, raw_files
from liveattr.tables import TABLES

__all__ = ["PENDING", "forget", "forget_many", "pending"]

PENDING = "_erasing.json"
"""In a lake: whom an erasure that is under way is about. It is gone when the erasure is done."""

GATE, PURPOSE = "erase", "erasure"


@dataclass(frozen=True)
class _Gone:
    """Who goes: identifiers (`kind, id`), person ids, and the raw values that were given."""

    ids: pd.DataFrame
    persons: tuple[str, ...]
    texts: tuple[str, ...] = ()


def forget(
    lake: Lake,
    kind: str,
    token: str,
    *,
    out: str | Path | None = "reports",
    raw: str | Path | None = None,
    purge_raw: bool = False,
    values: Sequence[str] = (),
    wait_s: float = 0.0,
) -> Summary:
    """Erase a person, known by one identifier; see `forget_many`.

    Parameters
    ----------
    kind, token
        Kind and token of any identifier of the person (`token_of` makes it from a value).
    """
    asked = pd.DataFrame({"kind": [kind], "id": [token]})
    return forget_many(
        lake, asked, out=out, raw=raw, purge_raw=purge_raw, values=values, wait_s=wait_s
    )


def forget_many(
    lake: Lake,
    subjects: pd.DataFrame,
    *,
    out: str | Path | None = "reports",
    raw: str | Path | None = None,
    purge_raw: bool = False,
    values: Sequence[str] = (),
    wait_s: float = 0.0,
) -> Summary:
    """Erase people: no file of the lake and no report names them any more, and no file brings them back.

    Parameters
    ----------
    lake
        The lake. Its lock `run` is taken.
    subjects : pandas.DataFrame
        `kind, id` (token), one row a person. All identifiers of the person go.
    out
        Folder of reports: what holds a token or a value is removed, and the next run makes it anew.
    raw
        Folder of raw files: those that still tell of the person are named in the notes.
    purge_raw
        Remove these raw files. Their rows stay in the lake, but nothing of them can be read again:
        neither other people's rows, nor rows in quarantine, nor a preset that was mended.
    values
        Raw values that were given (phone numbers …), to be looked for in reports and raw files.
    wait_s
        [s] How long to wait for another run to end.

    Returns
    -------
    Summary
        `rows_in` people asked for, `rows_out` identifiers erased, `outputs` table → rows that went or
        lost a token; notes in words. No token and no value is in it.

    Raises
    ------
    ParameterError
        If `subjects` is empty or has a null, `purge_raw` comes without `raw`, or one of lake, reports
        and raw files lies in another.
    TokenKeyError
        If the token key is missing or not the lake's: without it there are no tombstones.
    LockedError
        If another run is going on.

    Notes
    -----
    Orders keep their money and events are still counted, without any identifier. Aggregates that were
    made before stay. Working tables lose the person's rows; the next run makes them anew, as it makes
    people, credit and statements. Backups and copies elsewhere are not reached: remove them yourself.
    """
    _check(subjects, raw, purge_raw=purge_raw)
    _check_apart(lake, out, raw)
    clock = time.perf_counter()
    key = lake_key(lake)
    with lake.lock("run", wait_s), lake.kept() as lake:
        gone = _who(lake, subjects, values)
        request = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
        _keep_pending(lake, gone)
        _bury(lake, gone, key, request)
        reports = _remove_reports(out, gone)
        with lake.lock("consent"):  # as whoever writes into the ledger
            done = _erase_rows(lake, gone)
        _say_erased(lake, gone)
        found = _raw(raw, gone, key)
        held = _held_back(lake, found, raw)
        if purge_raw:
            for path in found:
                path.unlink()
        row = audit_row(GATE, PURPOSE, rows_in=len(subjects), rows_out=len(subjects))
        write_audit(lake, [row], run_id=request)
        (lake.path / PENDING).unlink()
    summary = _summary(subjects, gone, done, reports)
    notes = (f"request {request}", *summary.notes, *_raw_notes(found, held, raw, purged=purge_raw))
    return replace(summary, notes=notes, seconds=time.perf_counter() - clock)


def _check(subjects: pd.DataFrame, raw: str | Path | None, *, purge_raw: bool) -> None:
    if subjects.empty:
        raise ParameterError("nobody to erase: give at least one identifier")
    if subjects[["kind", "id"]].isna().any(axis=None):
        raise ParameterError("an identifier to erase has no kind or no token")
    if purge_raw and raw is None:
        raise ParameterError("purge_raw: say where the raw files are, with raw=")


def _check_apart(lake: Lake, out: str | Path | None, raw: str | Path | None) -> None:
    """Refuse folders that lie in each other: what names somebody is removed in one of them."""
    places = {"the lake": lake.path, "the reports": out, "the raw files": raw}
    there = {name: Path(place).resolve() for name, place in places.items() if place is not None}
    for name, place in there.items():
        for other, inner in there.items():
            if name != other and inner.is_relative_to(place):
                raise ParameterError(f"{place} is to hold {name}, but {other} lie in it too")


def pending(lake: Lake) -> bool:
    """Say whether an erasure was begun and not finished; the next `forget` finishes it."""
    return (lake.path / PENDING).exists()


def _who(lake: Lake, subjects: pd.DataFrame, values: Sequence[str]) -> _Gone:
    """Find all identifiers of the people, and of those whom a killed erasure was about."""
    found = find_identifiers(lake, subjects)
    ids, persons = found[["kind", "id"]], set(found.person_id.dropna())
    if pending(lake):
        before = json.loads((lake.path / PENDING).read_text(encoding="utf-8"))
        ids = pd.concat([ids, pd.DataFrame(before["ids"], columns=["kind", "id"])])
        persons |= set(before["persons"])
    ids = ids.drop_duplicates().sort_values(["kind", "id"], ignore_index=True)
    return _Gone(ids, tuple(sorted(persons)), tuple(values))


def _keep_pending(lake: Lake, gone: _Gone) -> None:
    """Keep whom the erasure is about, in tokens and for this user only, until it is done."""
    lake.path.mkdir(parents=True, exist_ok=True)
    draft = lake.path / f"{PENDING}.new"
    draft.touch(0o600)
    said = {"ids": gone.ids.to_numpy().tolist(), "persons": gone.persons}
    draft.write_text(json.dumps(said), encoding="utf-8")
    draft.replace(lake.path / PENDING)


def _bury(lake: Lake, gone: _Gone, key: str, request: str) -> None:
    """Set the tombstones first: whatever comes in from now on finds them."""
    own = suppression_key(key)
    digests = [tombstone_digest(k, i, own) for k, i in gone.ids.itertuples(index=False)]
    frame = gone.ids[["kind"]].assign(digest=digests, request_id=request, at=datetime.now(UTC))
    known = lake.table("tombstone")
    new = frame[~frame.digest.isin(known.digest)]
    if len(new):
        lake.write("tombstone", new, mode="append")


def _erase_rows(lake: Lake, gone: _Gone) -> dict[str, Erased]:
    codes = lake.table("dimension").query("kind == 'person'")
    keys = {
        GONE: gone.ids[["id"]].astype("string"),
        GONE_PERSON: pd.DataFrame({"person_id": pd.array(gone.persons, "string")}),
        GONE_CODE: codes[codes.value.isin(gone.persons)][["code"]],
    }
    done = erase(lake, rules(), keys=keys)
    _remove_caches(lake, _needles(gone))
    return done


def _remove_caches(lake: Lake, needles: Needles) -> None:
    """Remove what is no declared table and holds a token, as a whole: caches are made anew."""
    for place in sorted(lake.path.iterdir()):
        if place.name in TABLES or place.name.startswith(PENDING):
            continue
        if any(
            found_in(path, needles) for path in ([place] if place.is_file() else files_below(place))
        ):
            shutil.rmtree(place) if place.is_dir() else place.unlink()


def _say_erased(lake: Lake, gone: _Gone) -> None:
    """Keep that a person id is no more, so that nobody takes it for a new one."""
    known = lake.table("person_alias").query("why == 'erased'")
    new = [p for p in gone.persons if p not in set(known.old_person_id)]
    if new:
        frame = pd.DataFrame({"old_person_id": new, "person_id": new})
        now = datetime.now(UTC)
        lake.write("person_alias", frame.assign(why="erased", at=now), mode="append")


def _needles(gone: _Gone) -> Needles:
    return Needles(tuple(gone.ids["id"]), gone.texts)


def _remove_reports(out: str | Path | None, gone: _Gone) -> int:
    """Remove every report that names somebody: the folder with its manifest, or the file alone."""
    needles, removed = _needles(gone), 0
    for path in files_below(out):
        if path.exists() and found_in(path, needles):
            assert out is not None
            whole = _report_of(path, Path(out))
            shutil.rmtree(whole) if whole.is_dir() else whole.unlink()
            removed += 1
    return removed


def _report_of(path: Path, out: Path) -> Path:
    for folder in path.parents:
        if folder == out:
            return path
        if (folder / "manifest.json").is_file():
            return folder
    return path


def _raw(raw: str | Path | None, gone: _Gone, key: str) -> list[Path]:
    """Return the raw files that tell of the people: by value, and by token as their presets read them."""
    if raw is None:
        return []
    found = set(raw_files(Path(raw), list(gone.ids["id"]), key))
    if gone.texts:
        values = Needles(values=gone.texts, whole=True)
        found |= {path for path in files_below(raw) if found_in(path, values)}
    return sorted(found)


def _held_back(lake: Lake, found: Sequence[Path], raw: str | Path | None) -> int:
    """Count the rows in quarantine that only these raw files could bring back."""
    if not found or raw is None:
        return 0
    names = {tail for path in found for tail in _tails(path.relative_to(raw))}
    held = lake.table("quarantine_row")
    return int((held.path.isin(names) & held.released_at.isna()).sum())


def _tails(path: Path) -> set[str]:
    """Return how a file may be called in the lake: its path below the folder that was ingested."""
    return {path.as_posix(), "/".join(path.parts[-2:])}


def _summary(
    subjects: pd.DataFrame, gone: _Gone, done: Mapping[str, Erased], reports: int
) -> Summary:
    stays = sum(one.changed for one in done.values())
    people = f"{len(gone.persons):,} people" if len(gone.persons) else "nobody that the lake knew"
    return Summary(
        stage="forget",
        rows_in=len(subjects),
        rows_out=len(gone.ids),
        outputs={n: one.rows + one.changed for n, one in done.items() if one != Erased()},
        notes=(
            f"{len(gone.ids):,} identifiers of {people} are erased; their tombstones keep them out",
            f"{stays:,} events, orders and ledger entries stay without them; older versions of "
            f"{len(done)} tables are gone",
            *([f"{reports:,} reports were removed: the next run makes them anew"] * bool(reports)),
        ),
    )


def _raw_notes(
    found: Sequence[Path], held: int, raw: str | Path | None, *, purged: bool
) -> list[str]:
    if raw is None:
        return [
            "raw files were not looked at: name their folder to have those with the person listed"
        ]
    if not found:
        return ["no raw file tells of them"]
    names = ", ".join(str(path) for path in found)
    if not purged:
        return [
            f"{len(found):,} raw files still tell of them (purge_raw removes the files whole): {names}"
        ]
    return [
        f"{len(found):,} raw files were removed: {names}",
        "what they held of others stays in the lake, but cannot be read again"
        + (f"; {held:,} rows in quarantine cannot be released any more" if held else ""),
    ]
