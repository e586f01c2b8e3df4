"""`liveattr trust`: tests on the user's own data that could show a lift wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveattr.cli.options import (
    LAKE,
    REPORTS,
    AsOfOption,
    JobsOption,
    LakeOption,
    LangOption,
    OutOption,
    WaitOption,
    day_of,
    existing_lake,
    langs_of,
)
from liveattr.cli.telling import tell_stage
from liveattr.console import note, show

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["told", "trust"]

_HEADS = {
    "zh": ("检验", "对象", "结果", "应为", "通过范围", "n", "结论", "说明"),
    "en": ("test", "of", "found", "wanted", "passes", "n", "verdict", "note"),
}
_NOT_RUN = {"zh": "没有跑", "en": "not run"}
_READ = {
    "zh": "有一项不通过，这里的 ROI 就先不要用；没有跑的写明缺什么",
    "en": "while a test fails do not rely on the ROI; what was not run says what is missing",
}


def trust(
    as_of: AsOfOption = None,
    tests: Annotated[
        str | None, typer.Option(help="Names with commas between; default: all.")
    ] = None,
    worlds: Annotated[
        int, typer.Option(min=0, help="Simulated worlds with the shop's own rates; minutes each.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Decides dates, splits and draws.")] = 7,
    lake: LakeOption = LAKE,
    lang: LangOption = "zh",
    jobs: JobsOption = 1,
    out: OutOption = REPORTS,
    wait: WaitOption = 0.0,
) -> None:
    """Run the tests that could show the lift wrong: fake broadcasts, planted orders, hidden intent."""
    from liveattr.bench.trust import trust as run_tests
    from liveattr.days import check_day
    from liveattr.pipeline import settings_for

    langs, opened = langs_of(lang), existing_lake(lake)
    settings = settings_for(opened)
    day = check_day(opened, day_of(as_of), settings.zone)
    with opened.lock("run", wait):
        made = run_tests(
            opened,
            as_of=day,
            seed=seed,
            tests=None if tests is None else [name.strip() for name in tests.split(",")],
            worlds=worlds,
            jobs=jobs,
            out=out / "trust",
            settings=settings,
        )
    tell_stage(made)
    rows = opened.sql("SELECT * FROM trust WHERE as_of = $day ORDER BY test, subject", day=day)
    for each in langs:
        show(told(rows, each))
        note(_READ[each])


def told(rows: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return rows of the table `trust` in words, tests in the order in which they run.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of one day.
    lang
        zh or en.
    """
    import pandas as pd

    from liveattr.bench.trust import TESTS

    place = {name: at for at, name in enumerate(TESTS)}
    order = rows["test"].map(place).fillna(len(place))
    sorted_ = rows.assign(place=order).sort_values(["place", "test", "subject"], kind="stable")
    lines = [_line({str(k): v for k, v in row.items()}, lang) for row in sorted_.to_dict("records")]
    return pd.DataFrame(lines, columns=list(_HEADS[lang]))


def _line(row: dict[str, Any], lang: str) -> tuple[str, ...]:
    from liveattr.report.words import WORDS, word

    key, unit = f"test.{row['test']}", str(row["unit"])
    low, high = _value(row["low"], unit), _value(row["high"], unit)
    passes = f"{low or '…'} – {high or '…'}" if low or high else ""
    verdict = row["verdict"]
    return (
        word(key, lang) if key in WORDS else row["test"],
        word("trust.all", lang) if row["subject"] == "(all)" else row["subject"],
        _value(row["found"], unit),
        _value(row["wanted"], unit),
        passes,
        f"{row['n']:,}" if row["n"] else "",
        _NOT_RUN[lang] if verdict == "not_run" else word(f"trust.{verdict}", lang),
        str(row["note"] or ""),
    )


def _value(value: Any, unit: str) -> str:
    if value is None or value != value:
        return ""
    return f"{value:.1%}" if unit == "share" else f"{value:.2f}"
