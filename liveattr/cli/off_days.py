"""`liveattr plan-off-days`, `liveattr measure-off-days`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from liveattr.cli.options import LAKE, AsOfOption, LakeOption, day_of, existing_lake
from liveattr.console import note, say, show
from liveattr.errors import MissingDataError

__all__ = ["measure", "plan"]

_OUT = Path("off_days")


def plan(
    since: Annotated[str, typer.Option(help="First day of the plan, 2026-03-02.")],
    until: Annotated[str, typer.Option(help="Last day; at least four weeks.")],
    room: Annotated[
        list[str] | None,
        typer.Option(help="platform/account; may come often. Default: rooms that are often on."),
    ] = None,
    off_share: Annotated[float, typer.Option(help="Share of days off, up to 0.5.")] = 0.15,
    in_a_row: Annotated[int, typer.Option("--run", min=1, max=7, help="Days off in a row.")] = 2,
    keep_on: Annotated[
        list[str] | None, typer.Option(help="Day on which all are on air; may come often.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another draw.")] = 0,
    level: Annotated[float, typer.Option(help="Of the later interval.")] = 0.9,
    as_of: AsOfOption = None,
    out: Annotated[
        Path, typer.Option("--out", help="The files: this name with .csv and .ics.")
    ] = _OUT,
    lake: LakeOption = LAKE,
) -> None:
    """Draw days off air at random and say beforehand how small an effect they will show."""
    from liveattr.days import check_day
    from liveattr.incrementality.off_day_shop import daily_rooms, days_frame, shop_days
    from liveattr.incrementality.planner import plan_off_days
    from liveattr.pipeline import settings_for

    opened = existing_lake(lake)
    settings = settings_for(opened)
    shop = shop_days(opened, check_day(opened, day_of(as_of), settings.zone), settings)
    usual = daily_rooms(shop)
    if not (room or usual):
        raise MissingDataError("no room is often on air; name one with --room platform/account")
    drawn = plan_off_days(
        days_frame(shop, settings.festivals),
        {name: usual.get(name, tuple(range(7))) for name in room or usual},
        since=since,
        until=until,
        off_share=off_share,
        run=in_a_row,
        keep_on=[*(keep_on or ()), *settings.festivals],
        seed=seed,
        level=level,
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    drawn.write_csv(out.with_suffix(".csv"))
    drawn.write_ics(out.with_suffix(".ics"))
    say(str(drawn))
    note(f"{out.with_suffix('.csv')}, {out.with_suffix('.ics')}: keep them")
    note("`measure-off-days` reads the CSV / 请保存，之后用 measure-off-days 分析")


def measure(
    plan: Annotated[Path, typer.Argument(help="CSV of `plan-off-days`, unchanged.")],
    level: Annotated[float, typer.Option(help="Of the interval.")] = 0.9,
    seed: Annotated[int, typer.Option(min=0, help="Decides the draws.")] = 0,
    as_of: AsOfOption = None,
    lake: LakeOption = LAKE,
) -> None:
    """Tell what each planned room brought, by its days off air."""
    from liveattr.days import check_day
    from liveattr.incrementality.calendar_file import read_plan
    from liveattr.incrementality.off_day_shop import days_frame, held_rooms, shop_days
    from liveattr.incrementality.off_days import analyse_off_days
    from liveattr.pipeline import settings_for

    opened, planned = existing_lake(lake), read_plan(plan)
    settings = settings_for(opened)
    shop = shop_days(opened, check_day(opened, day_of(as_of), settings.zone), settings)
    found = analyse_off_days(
        days_frame(shop, settings.festivals),
        planned,
        held=held_rooms(shop),
        level=level,
        seed=seed,
    )
    columns = ["subject", "broadcasts", "off_days", "gross", "gross_low", "gross_high"]
    show(found[[*columns, "p_value", "mde", "level", "grade", "reason"]].round(3))
