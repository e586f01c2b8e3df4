"""`liveattr audience`: lists of people to be called back; nothing is ever sent from here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from liveattr.cli.options import LAKE, REPORTS, LakeOption, WaitOption, existing_lake
from liveattr.cli.telling import tell_stage
from liveattr.console import say, show
from liveattr.errors import ParameterError

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Whom to call back: lists, hold-outs, removals.")

ListArgument = Annotated[str, typer.Argument(help="Id of the list, see `liveattr audience list`.")]


@app.command()
def build(
    definition: Annotated[
        str, typer.Argument(help="high_intent, price_sensitive, lapsing, due, or a YAML file.")
    ],
    broadcast: Annotated[str | None, typer.Option(help="Broadcast that it is about.")] = None,
    channel: Annotated[str, typer.Option(help="sms, wecom or push.")] = "sms",
    at: Annotated[
        str | None, typer.Option(help="Freeze at 2026-01-23T08:00+08:00; default: T+1 08:00.")
    ] = None,
    sort: Annotated[
        str, typer.Option(help="score, or uplift: whom past lists moved comes first.")
    ] = "score",
    lake: LakeOption = LAKE,
    wait: WaitOption = 0.0,
) -> None:
    """Freeze a list, draw who is held out, and say which effect it can show."""
    from datetime import datetime

    from liveattr.audience.build import build_audience

    opened = existing_lake(lake)
    try:
        moment = None if at is None else datetime.fromisoformat(at)
    except ValueError:
        raise ParameterError(f"--at {at!r} is no moment; as 2026-01-23T08:00+08:00") from None
    with opened.lock("run", wait):
        done = build_audience(opened, definition, broadcast, channel=channel, at=moment, sort=sort)
    tell_stage(done)
    for line in done.notes if done.skipped else ():
        say(f"  {line}")


@app.command("list")
def list_lists(lake: LakeOption = LAKE) -> None:
    """Show all lists; times are the shop's."""
    from liveattr.pipeline import settings_for

    opened = existing_lake(lake)
    moment = "strftime(timezone($zone, {0}), '%Y-%m-%d %H:%M') AS {0}"
    show(
        opened.sql(
            f"SELECT audience_id, channel, {moment.format('send_from_at')}, "
            f"{moment.format('expires_at')}, n_found, n_excluded, n_capped, n_refused, n_contact, "
            "n_holdout, round(mde, 4) AS mde FROM audience ORDER BY frozen_at, audience_id",
            zone=settings_for(opened).zone,
        )
    )


@app.command("show")
def show_list(audience: ListArgument, lake: LakeOption = LAKE) -> None:
    """Show the definition of a list and its people by arm; nobody is named."""
    opened = existing_lake(lake)
    head = opened.sql("SELECT * FROM audience WHERE audience_id = $name", name=audience)
    if head.empty:
        raise ParameterError(f"there is no list {audience!r}; see `liveattr audience list`")
    say(str(head["definition_text"].iloc[0]))
    show(
        opened.sql(
            "SELECT arm, count(*) AS people, count(removed_at) AS removed, "
            "round(avg(score), 4) AS score FROM audience_member WHERE audience_id = $name "
            "GROUP BY arm ORDER BY arm",
            name=audience,
        )
    )


@app.command()
def refresh(lake: LakeOption = LAKE, wait: WaitOption = 0.0) -> None:
    """Take people off lists whose consent was taken back, or who were erased."""
    from liveattr.audience.refresh import refresh_audiences

    opened = existing_lake(lake)
    with opened.lock("run", wait):
        tell_stage(refresh_audiences(opened))


@app.command()
def address(
    audience: ListArgument,
    contacts: Annotated[Path, typer.Option(help="CSV of your own contacts; stays as it is.")],
    out: Annotated[Path, typer.Option("--out", help="CSV to make, outside data and reports.")],
    reports: Annotated[Path, typer.Option("--reports", help="Folder of the reports.")] = REPORTS,
    lake: LakeOption = LAKE,
    wait: WaitOption = 0.0,
) -> None:
    """Write who is to be contacted, with addresses from your own contacts, for your sender."""
    from liveattr.audience.address import address_list

    opened = existing_lake(lake)
    with opened.lock("run", wait):
        done = address_list(opened, audience, contacts, out, reports=reports)
    tell_stage(done)
