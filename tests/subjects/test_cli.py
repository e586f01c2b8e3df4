"""The commands: what is typed is shown nowhere, and nothing is erased unasked."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from liveattr.cli import app
from tests.subjects.conftest import PHONE, Shop


def test_scan_erase_scan(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    where = ["--lake", str(shop.lake.path), "--out", str(shop.reports)]

    def run(*words: str, given: str = "") -> tuple[int, str]:
        done = CliRunner().invoke(app, ["subject", *words, *where], input=given)
        assert PHONE not in done.output and not any(t in done.output for t in shop.mine.values())
        return done.exit_code, done.output

    code, shown = run("scan", "--phone", PHONE)
    assert code == 1 and "audience.csv" in shown and "person_member" in shown
    code, shown = run("erase", "--phone", "-", given=f"{PHONE}\n")  # nobody says yes
    assert code != 0 and len(shop.lake.table("consent_act")) == 3
    people = shop.lake.path.parent / "people.csv"
    people.write_text(f"kind,id\nphone,{PHONE}\nvisitor,nobody\n", encoding="utf-8")
    code, shown = run("erase", "--file", str(people), "--yes")
    assert code == 0 and "4 identifiers of 2 people are erased" in shown
    assert run("scan", "--phone", PHONE) == (0, "(nothing)\n")
    code, shown = run("erase", "--yes")
    assert code != 0 and len(shop.lake.table("tombstone")) == 4
