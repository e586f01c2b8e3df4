"""One model says what the notebook takes; wrong requests are refused before anything runs."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import papermill
import pytest

from liveattr.errors import MissingDataError, ParameterError
from liveattr.lake import Lake
from liveattr.report import check_parameters, make_report, make_reports
from liveattr.report.kinds import KINDS
from liveattr.report.notebook import find_notebook

GOOD = {"campaign_id": "a", "as_of": "2026-02-21"}


@pytest.mark.parametrize("kind", KINDS)
def test_model_and_notebook_agree(kind: str) -> None:
    cell = papermill.inspect_notebook(str(find_notebook(KINDS[kind].notebook)))
    fields = KINDS[kind].parameters.model_fields
    assert sorted(cell) == sorted(fields)
    for name, found in cell.items():
        annotation = fields[name].annotation
        assert found["inferred_type_name"] == ("int" if annotation is int else "str")
        assert found["help"], f"{name} says what it is"
        if not fields[name].is_required():
            default = fields[name].default
            assert found["default"] == (json.dumps(default) if default != "" else '""')


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"as_off": "2026-02-21"}, "did you mean 'as_of'"),
        ({"as_of": "21.02.2026"}, "is no date"),
        ({"as_of": date(2026, 2, 21)}, "as_of"),
        ({"lang": "cn"}, "en"),
        ({"rule": "last_nondirect"}, "did you mean 'last_non_direct'"),
        ({"zone": "Shanghai"}, "no time zone"),
        ({"versions": "{"}, "no JSON"),
        ({"versions": '{"statment": 1}'}, "did you mean 'statement'"),
        ({"versions": '{"statement": "1"}'}, "write it as"),
        ({"refund_window_days": -1}, "refund_window_days"),
        ({"refund_window_days": "15"}, "refund_window_days"),
        ({"campaign_id": ""}, "campaign_id"),
    ],
)
def test_wrong_parameters_are_named(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        check_parameters({**GOOD, **wrong})


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(ParameterError, match="'as_of' is missing"):
        check_parameters({"campaign_id": "a"})


def test_wrong_requests_run_nothing(lake: Lake, tmp_path: Path) -> None:
    def ask(campaign: str, error: type[Exception], says: str, **more: Any) -> None:
        with pytest.raises(error, match=says):
            make_report(lake, campaign, **{"as_of": "2026-02-21", "out": tmp_path, **more})

    ask("live_20260122_B", ParameterError, "did you mean 'live_20260122_A'")
    ask("mail_17", MissingDataError, "there are: 2026-02-21", as_of="2026-02-20")
    ask("mail_17", MissingDataError, "settled with rule 'last_non_direct'", rule="linear")
    ask("mail_17", ParameterError, "lang", lang="de")
    ask("mail_17", ParameterError, "no engine 'hot'", engine="hot")
    with pytest.raises(ParameterError, match="give a list"):
        make_reports(lake, "mail_17", as_of="2026-02-21", out=tmp_path)
    with pytest.raises(MissingDataError, match="no campaign has a statement"):
        make_reports(lake, as_of="2020-01-01", out=tmp_path)
    assert list(tmp_path.iterdir()) == []
