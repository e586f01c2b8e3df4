"""One small world of the simulator goes through the bench, and the command says what it finds."""

import sys
from pathlib import Path

import numpy as np
import pytest

from liveattr.bench import paired_spread
from liveattr.cli import main
from liveattr.errors import ParameterError


def call(*arguments: str) -> int:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as left:
        patch.setattr(sys, "argv", ["liveattr", "bench", *arguments])
        main()
    return int(left.value.code or 0)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("truth", "--worlds", "1", "--out", str(tmp_path), "--estimators", "last,linear")
    assert call(*asked) == 0
    said = capsys.readouterr().out
    assert "all worlds (1 world)" in said and "mechanism = " in said
    assert [line.split()[0] for line in said.splitlines()[2:5]] == ["oracle", "last", "linear"]
    names = {"index.html", "index.en.html", "rows.csv", "scores.csv", "worlds"}
    assert {path.name for path in tmp_path.iterdir()} == names

    assert call("truth", "--estimators", "lost") == 2
    assert "did you mean 'last'?" in capsys.readouterr().err
    assert call("truth", "--preset", "tinny", "--out", str(tmp_path / "not")) == 2
    assert "there is no preset 'tinny'" in capsys.readouterr().err
    assert not (tmp_path / "not").exists()


def test_paired_worlds_differ_less() -> None:
    found = paired_spread("tiny", 6).set_index("horizon")
    assert found.index.tolist() == ["net_3", "net_14", "net_60", "net"]
    assert np.isfinite(found).all(axis=None) and found.loc["net", "ratio"] > 2
    with pytest.raises(ParameterError, match="at least 3 draws"):
        paired_spread("tiny", 2)
    with pytest.raises(ParameterError, match="no KOL show"):
        paired_spread("tiny", 3, values={"calendar.on": False})
