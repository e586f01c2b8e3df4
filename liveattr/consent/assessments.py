"""Impact assessments: without one in force, nothing is run for a purpose."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.consent.purposes import PURPOSES, check_purpose
from liveattr.errors import ConsentError

if TYPE_CHECKING:
    from liveattr.lake import Lake

__all__ = ["find_assessment", "require_assessment"]

SHEET = "impact_assessments"

_WAY = (
    f"`liveattr template {SHEET} --out {SHEET}.xlsx` makes the sheet; fill it, put it into "
    f"data/raw/{SHEET}/, then `liveattr run` / 请用该命令生成个人信息保护影响评估表，填好后放入该目录再运行"
)


def find_assessment(
    assessments: pd.DataFrame, purpose: str, today: date
) -> dict[str, object] | None:
    """Return the assessment of a purpose that is in force on a day.

    Parameters
    ----------
    assessments
        The table `impact_assessment`.
    purpose
        Purpose; the assessment of a wider one (`recall` for `recall_sms`) covers it.
    today
        The day on which the data is used: the day of the run and not the day that is looked at.

    Returns
    -------
    dict or None
        Column → value. Of several the one that was made last, then the greatest version; a real one
        before a sample. None: there is none in force.
    """
    base = check_purpose(purpose).partition(":")[0]
    wider = [base, PURPOSES[base].within]
    about = assessments[assessments["purpose"].isin(wider)]
    now = about[(about["assessed_on"] <= today) & (about["valid_to_on"] >= today)]
    if now.empty:
        return None
    ranked = now.assign(_own=now["purpose"] == base, _real=~now["is_sample"].astype(bool))
    best = ranked.sort_values(["_real", "_own", "assessed_on", "version"]).iloc[-1]
    return {str(name): best[name] for name in assessments.columns}


def require_assessment(
    assessments: Lake | pd.DataFrame, purpose: str, today: date
) -> dict[str, object]:
    """Return the assessment of a purpose that is in force, or refuse the run.

    Parameters
    ----------
    assessments
        A lake, or its table `impact_assessment`.
    purpose, today
        As for `find_assessment`.

    Raises
    ------
    ConsentError
        If there is none, or none in force that day; the message says how to make one.
    """
    frame = (
        assessments
        if isinstance(assessments, pd.DataFrame)
        else assessments.table("impact_assessment")
    )
    found = find_assessment(frame, purpose, today)
    if found is not None:
        return found
    base = purpose.partition(":")[0]
    about = frame[frame["purpose"].isin([base, PURPOSES[base].within])]
    ended = about[about["valid_to_on"] < today]
    why = (
        "has no impact assessment"
        if about.empty
        else f"has no impact assessment in force on {today}; the newest ended on "
        f"{max(ended['valid_to_on'])}"
        if len(ended)
        else f"has no impact assessment in force on {today}; the first begins on "
        f"{min(about['assessed_on'])}"
    )
    raise ConsentError(f"the purpose {purpose!r} {why}: nothing is run for it. {_WAY}")
