"""`liveattr subject`: what a person may ask of us. What is typed becomes a token and is shown nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liveattr.cli.options import LAKE, REPORTS, LakeOption, OutOption, WaitOption, existing_lake
from liveattr.cli.person import IdOption, KindOption, PhoneOption, Who, who
from liveattr.console import note, say, show
from liveattr.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from liveattr.lake import Lake

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="What a person may ask of us: see, correct, delete.")

RawFolderOption = Annotated[
    Path | None, typer.Option("--raw", help="Folder of raw files, to look into them too.")
]


@app.command()
def export(
    to: Annotated[Path, typer.Option("--to", help="Zip archive to make.")],
    phone: PhoneOption = None,
    kind: KindOption = None,
    identifier: IdOption = None,
    lake: LakeOption = LAKE,
) -> None:
    """Write everything that the lake holds on a person into an archive."""
    from liveattr.subjects import subject_export

    opened = existing_lake(lake)
    named = who(opened, phone, kind, identifier)
    say(str(subject_export(opened, named.kind, named.token, to)))


@app.command()
def correct(
    table: Annotated[str, typer.Option(help="Table, as order_header.")],
    key: Annotated[list[str], typer.Option(help="column=value of the row's key; once a column.")],
    column: Annotated[str, typer.Option(help="What is wrong.")],
    reason: Annotated[str, typer.Option(help="Why; no personal text.")],
    value: Annotated[
        str | None, typer.Option(help="What it should be; without it the value is taken away.")
    ] = None,
    phone: PhoneOption = None,
    kind: KindOption = None,
    identifier: IdOption = None,
    lake: LakeOption = LAKE,
    wait: WaitOption = 0.0,
) -> None:
    """Change one value of a row about a person; never money."""
    from liveattr import subjects

    opened = existing_lake(lake)
    named = who(opened, phone, kind, identifier)
    with opened.lock("run", wait):
        done = subjects.correct(
            opened, named.kind, named.token, table, _key(key), column, value, reason
        )
    say(str(done))
    note("the next `liveattr run` goes on with it / 下次运行即按更正后的数据计算")


@app.command()
def erase(
    phone: PhoneOption = None,
    kind: KindOption = None,
    identifier: IdOption = None,
    file: Annotated[
        Path | None, typer.Option(help="Many at once: a CSV file with the columns kind, id.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: it cannot be undone.")] = False,
    raw: RawFolderOption = None,
    purge_raw: Annotated[
        bool, typer.Option("--purge-raw", help="Remove the raw files that tell of the person.")
    ] = False,
    lake: LakeOption = LAKE,
    out: OutOption = REPORTS,
    wait: WaitOption = 0.0,
) -> None:
    """Erase a person: lake, all its older versions, reports; raw files are listed."""
    from liveattr.subjects import forget_many

    opened = existing_lake(lake)
    people = _people(opened, phone, kind, identifier, file)
    asked = (
        f"erase {len(people):,} {'person' if len(people) == 1 else 'people'} from {lake} for good"
    )
    asked += f", and remove whole files of {raw}" if purge_raw else ""
    if not yes and not typer.confirm(f"{asked}? It cannot be undone / 无法恢复，确定吗"):
        raise typer.Exit(2)
    tokens = _frame(people)
    values = [each.value for each in people]
    done = forget_many(
        opened, tokens, out=out, raw=raw, purge_raw=purge_raw, values=values, wait_s=wait
    )
    say(str(done))
    note("the next `liveattr run` makes people, credit and reports without them / 下次运行重算")


@app.command()
def scan(
    phone: PhoneOption = None,
    kind: KindOption = None,
    identifier: IdOption = None,
    raw: RawFolderOption = None,
    lake: LakeOption = LAKE,
    out: OutOption = REPORTS,
) -> None:
    """Show every file in which a person is to be found; exit 1 where there is one."""
    from liveattr import subjects

    opened = existing_lake(lake)
    named = who(opened, phone, kind, identifier)
    ids = subjects.find_identifiers(opened, _frame([named]))
    needles = subjects.Needles(tuple(ids["id"]), (named.value,))
    found = subjects.scan(opened, needles, reports=out, raw=raw)
    kinds = ids["kind"].tolist()
    found_as = [
        kinds[n] if w == "token" else named.kind
        for w, n in zip(found.what, found.number, strict=True)
    ]
    show(found.assign(kind=found_as).drop(columns="number"))
    if len(found):
        raise typer.Exit(1)


def _people(
    lake: Lake, phone: str | None, kind: str | None, identifier: str | None, file: Path | None
) -> list[Who]:
    """Return the people that are named, one by one or in a file."""
    import csv

    from liveattr.subjects.find import tokens_of

    if file is None:
        return [who(lake, phone, kind, identifier)]
    if phone or kind or identifier:
        raise ParameterError("give --file, or one person; not both")
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    if not rows or not {"kind", "id"} <= set(rows[0]):
        raise ParameterError(f"{file}: it needs the columns kind, id and at least one row")
    kinds, values = [r["kind"] for r in rows], [r["id"].strip() for r in rows]
    made = tokens_of(lake, kinds, values)
    return [Who(k, t, v) for k, t, v in zip(kinds, made, values, strict=True)]


def _frame(people: list[Who]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"kind": [w.kind for w in people], "id": [w.token for w in people]})


def _key(parts: list[str]) -> dict[str, str]:
    """Read `column=value` as often as it is given."""
    found = dict(part.split("=", 1) for part in parts if "=" in part)
    if len(found) != len(parts):
        raise ParameterError(
            "--key: write it as column=value, one option for each column of the key"
        )
    return found
