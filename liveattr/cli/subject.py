"""`liveattr subject`: what a person may ask of us. What is typed becomes a token and is shown nowhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from liveattr.cli.options import LAKE, REPORTS, LakeOption, OutOption, WaitOption, existing_lake
from liveattr.console import note, say, show
from liveattr.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from liveattr.lake import Lake

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="What a person may ask of us: see, correct, delete.")

PhoneOption = Annotated[
    str | None, typer.Option(help="A phone, in any spelling; - reads it from standard input.")
]
KindOption = Annotated[
    str | None, typer.Option(help="Kind of identifier: openid, unionid, mall_account, uid_douyin …")
]
IdOption = Annotated[
    str | None,
    typer.Option(
        "--id", help="The identifier (mall accounts as youzan/123); - reads it from standard input."
    ),
]
RawFolderOption = Annotated[
    Path | None, typer.Option("--raw", help="Folder of raw files, to look into them too.")
]


class _Who(NamedTuple):
    """A person who was named: kind, token, and the value as it was typed."""

    kind: str
    token: str
    value: str


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
    who = _who(opened, phone, kind, identifier)
    say(str(subject_export(opened, who.kind, who.token, to)))


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
    who = _who(opened, phone, kind, identifier)
    with opened.lock("run", wait):
        done = subjects.correct(
            opened, who.kind, who.token, table, _key(key), column, value, reason
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
    values = [who.value for who in people]
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
    who = _who(opened, phone, kind, identifier)
    ids = subjects.find_identifiers(opened, _frame([who]))
    needles = subjects.Needles(tuple(ids["id"]), (who.value,))
    found = subjects.scan(opened, needles, reports=out, raw=raw)
    kinds = ids["kind"].tolist()
    named = [
        kinds[n] if w == "token" else who.kind
        for w, n in zip(found.what, found.number, strict=True)
    ]
    show(found.assign(kind=named).drop(columns="number"))
    if len(found):
        raise typer.Exit(1)


def _who(lake: Lake, phone: str | None, kind: str | None, identifier: str | None) -> _Who:
    """Return the person that is named."""
    from liveattr.subjects import token_of

    if (phone is None) == (identifier is None) or (kind is None) != (identifier is None):
        raise ParameterError("say who: --phone 138…, or --kind openid --id …")
    what, given = ("phone", phone) if phone is not None else (str(kind), identifier)
    value = sys.stdin.readline().strip() if given == "-" else str(given).strip()
    return _Who(what, token_of(lake, what, value), value)


def _people(
    lake: Lake, phone: str | None, kind: str | None, identifier: str | None, file: Path | None
) -> list[_Who]:
    """Return the people that are named, one by one or in a file."""
    import csv

    from liveattr.subjects.find import tokens_of

    if file is None:
        return [_who(lake, phone, kind, identifier)]
    if phone or kind or identifier:
        raise ParameterError("give --file, or one person; not both")
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    if not rows or not {"kind", "id"} <= set(rows[0]):
        raise ParameterError(f"{file}: it needs the columns kind, id and at least one row")
    kinds, values = [r["kind"] for r in rows], [r["id"].strip() for r in rows]
    made = tokens_of(lake, kinds, values)
    return [_Who(k, t, v) for k, t, v in zip(kinds, made, values, strict=True)]


def _frame(people: list[_Who]) -> pd.DataFrame:
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
