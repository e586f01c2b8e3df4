"""The READMEs say what is so: the two are in step, and all they show is there and runs."""

from __future__ import annotations

import functools
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer

import liveattr
from liveattr.cli import app
from liveattr.settings import Settings
from liveattr.tables import TABLES

ROOT = Path(__file__).resolve().parents[1]
README, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
PAGES = (README, CHINESE, ROOT / "docs" / "formats.md", ROOT / "data" / "raw" / "README.md")
LARGEST_PICTURE = 300_000
"""[bytes] A README with a larger picture is slow to open."""

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def blocks(path: Path) -> list[tuple[str, str]]:
    """The code blocks: language and text."""
    return _FENCE.findall(read(path))


def prose(path: Path) -> str:
    """All but the code blocks."""
    return _FENCE.sub("", read(path))


def spans(text: str) -> list[str]:
    """The pieces of code inside sentences."""
    return re.findall(r"`([^`\n]+)`", text)


def commands(path: Path) -> list[str]:
    """All `liveattr …` commands of a page."""
    lines = [
        line
        for lang, text in blocks(path)
        if lang in ("bash", "cron")
        for line in text.splitlines()
    ]
    found = [
        m[1] for line in lines if (m := re.search(r"(?:^|bin/)(liveattr .*?)(?: >>.*)?$", line))
    ]
    return found + [span for span in spans(prose(path)) if span.startswith("liveattr ")]


def test_both_have_the_same_headings_and_the_same_code() -> None:
    def levels(path: Path) -> list[int]:
        return [len(marks) for marks in re.findall(r"^(#+) ", prose(path), re.M)]

    assert levels(README) == levels(CHINESE)
    assert blocks(README) == blocks(CHINESE)


def test_both_name_the_same_things() -> None:
    assert sorted(set(spans(prose(README)))) == sorted(set(spans(prose(CHINESE))))
    bullets = [len(re.findall(r"^(?:- |\|)", prose(p), re.M)) for p in (README, CHINESE)]
    assert bullets[0] == bullets[1], "as many points and rows of tables"


def links(path: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", prose(path))


def test_both_have_the_same_links() -> None:
    swap = {"README.zh-CN.md": "README.md", "docs/report.zh.png": "docs/report.png"}
    assert links(README)[2:] == links(CHINESE)[2:]
    assert [swap.get(link, link) for link in links(README)[:2]] == ["README.md", "docs/report.png"]
    assert links(CHINESE)[:2] == ["README.md", "docs/report.zh.png"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    for link in links(path):
        assert "://" not in link, "every link is local"
        target, _, place = link.partition("#")
        assert (path.parent / target).exists(), link
        if place:
            titles = re.findall(r"^#+ (.+)$", prose(path.parent / target), re.M)
            assert place in {title.lower().replace(" ", "-") for title in titles}, link


@pytest.mark.parametrize("path", [README, CHINESE], ids=lambda path: path.name)
def test_a_picture_comes_first_and_is_small(path: Path) -> None:
    text = read(path)
    (name,) = re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)
    assert text.index("![") < text.index("##")
    picture = (ROOT / name).read_bytes()
    assert picture.startswith(b"\x89PNG") and len(picture) < LARGEST_PICTURE


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_are_real(path: Path) -> None:
    """Each is parsed by the command line itself, options and all; nothing is run."""
    for text in commands(path):
        command: Any = typer.main.get_command(app)
        _, *words = shlex.split(text)
        while hasattr(command, "commands") and words:
            assert words[0] in command.commands, text
            command = command.commands[words.pop(0)]
        if hasattr(command, "commands"):
            assert command.invoke_without_command, f"{text}: which of {list(command.commands)}?"
        command.make_context(text, words)


def test_commands_were_found() -> None:
    found = {text.split()[1] for text in commands(README)}
    assert found >= {"ingest", "run", "report", "template", "presets", "quarantine", "doctor"}


def test_make_targets_are_real() -> None:
    targets = set(re.findall(r"^([a-z]+):.*?##", read(ROOT / "Makefile"), re.M))
    text = prose(README) + "".join(code for lang, code in blocks(README) if lang == "bash")
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", text, re.M))
    assert {"report", "test", "lab", "help"} <= named <= targets


def test_functions_and_tables_are_real() -> None:
    (table,) = re.findall(r"^\| question \|.*?\n\n", prose(README), re.M | re.S)
    for span in spans(table):
        if span.startswith("la."):
            functools.reduce(getattr, span.split("(")[0].split(".")[1:], liveattr)
        elif span.isidentifier():
            assert span in TABLES, span


def test_settings_are_real() -> None:
    settings = Settings()
    shown = [span.split(" = ") for span in spans(prose(README)) if re.fullmatch(r"\w+ = \S+", span)]
    assert shown
    for name, value in shown:
        assert str(getattr(settings, name)) == value, name


def test_the_python_block_runs(
    tmp_path: Path,
    sample_demos: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (code,) = (text for lang, text in blocks(README) if lang == "python")
    shutil.copytree(sample_demos, tmp_path / "data" / "demo")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), names)
    statement: pd.DataFrame = names["statement"]
    assert statement.set_index("line").loc["contribution", "given"]
    assert "true_roi" in capsys.readouterr().out
    assert [p.name for p in tmp_path.iterdir()] == ["data"]
