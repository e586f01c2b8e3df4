"""Without an impact assessment in force, nothing is run for a purpose."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from liveattr.consent import find_assessment, require_assessment, sample_assessments
from liveattr.errors import ConsentError
from liveattr.lake import open_lake
from liveattr.sources import ingest
from liveattr.sources.templates import write_template
from liveattr.tables import get_table
from tests.consent.worlds import DAY

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "raw" / "sample_broadcast"


def assessed(*rows: tuple) -> pd.DataFrame:
    """Make assessments of `(purpose, version, from day, to day, is_sample)` of January 2026."""
    frame = pd.DataFrame(rows, columns=["purpose", "version", "a", "b", "is_sample"])
    days = {c: [dt.date(2026, 1, n) for n in frame[s]] for c, s in
            (("assessed_on", "a"), ("valid_to_on", "b"))}  # fmt: skip
    return frame.assign(**days).reindex(columns=get_table("impact_assessment").names)


def test_it_holds_from_its_first_to_its_last_day():
    one = assessed(("recall", "1", 10, 20, False))
    for day, holds in ((9, False), (10, True), (20, True), (21, False)):
        found = find_assessment(one, "recall_sms", dt.date(2026, 1, day))
        assert (found is not None) == holds
    assert find_assessment(one, "attribution", DAY) is None


def test_of_several_the_own_real_and_newest_stands():
    every = assessed(
        ("recall", "sample", 1, 31, True),
        ("recall", "1", 2, 31, False),
        ("recall", "2", 5, 31, False),
        ("recall_sms", "s", 3, 31, False),
        ("recall_sms", "later", 30, 31, False),
    )
    assert require_assessment(every, "recall", DAY)["version"] == "2"
    assert require_assessment(every, "recall_sms", DAY)["version"] == "s"
    assert require_assessment(every.iloc[::-1], "recall_push", DAY)["version"] == "2"


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ((), "has no impact assessment: nothing is run"),
        (
            (("recall", "1", 1, 20, False),),
            "in force on 2026-01-22; the newest ended on 2026-01-20",
        ),
        (
            (("recall", "1", 25, 30, False),),
            "in force on 2026-01-22; the first begins on 2026-01-25",
        ),
    ],
)
def test_the_refusal_says_why_and_what_to_do(rows, why):
    with pytest.raises(ConsentError, match=why) as caught:
        require_assessment(assessed(*rows), "recall", DAY)
    for part in (
        "'recall'",
        "`liveattr template impact_assessments --out impact_assessments.xlsx`",
        "data/raw/impact_assessments/",
    ):
        assert part in str(caught.value)


def test_the_template_that_it_names_is_there(tmp_path):
    assert write_template("impact_assessments", tmp_path / "impact_assessments.xlsx").exists()


def test_the_samples_of_the_demo_are_marked_and_the_same_in_the_sample_files(tmp_path):
    lake = open_lake(tmp_path / "lake")
    with pytest.raises(ConsentError, match="'fuzzy_match' has no impact assessment"):
        require_assessment(lake, "fuzzy_match", DAY)
    ingest(lake, SAMPLES / "impact_assessments")
    columns = [c for c in get_table("impact_assessment").names if c not in
               ("source", "ingest_id", "source_row")]  # fmt: skip
    read = lake.table("impact_assessment").sort_values("purpose", ignore_index=True)
    assert read[columns].to_dict("list") == sample_assessments()[columns].to_dict("list")
    assert read.is_sample.all()
    assert require_assessment(lake, "fuzzy_match", DAY)["is_sample"]
    lake.write("impact_assessment", sample_assessments())
    assert require_assessment(lake, "recall_wecom", dt.date(2011, 12, 9))["purpose"] == "recall"
