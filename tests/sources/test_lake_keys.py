"""One key a lake: the public one of a demo, else that of the environment, and never another."""

from pathlib import Path

import pytest

from liveattr.errors import TokenKeyError
from liveattr.lake import Lake
from liveattr.sources.lake_keys import lake_key
from liveattr.sources.tokens import DEMO_KEY, KEY_VARIABLE, key_id
from tests.rows import Rows, at

KEY = "a-key-for-tests-that-is-long-enough-0123456789"


def lake_made_with(folder: Path, *ids: str | None) -> Lake:
    rows = Rows().bought("01-22 20:00")
    for number, one in enumerate(ids):
        moment = at("01-22 20:00")
        rows.add("ingest_batch", ingest_id=str(number), key_id=one, loaded_at=moment)
    return rows.lake(folder / "lake")


def test_the_key_is_that_of_the_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    assert lake_key(lake_made_with(tmp_path / "mine", None, key_id(KEY))) == KEY
    assert lake_key(lake_made_with(tmp_path / "none")) == KEY, "nothing read yet: no other key"
    assert lake_key(lake_made_with(tmp_path / "demo", key_id(DEMO_KEY))) == DEMO_KEY


def test_another_key_is_refused_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = lake_made_with(tmp_path, key_id(KEY))
    monkeypatch.setenv(KEY_VARIABLE, KEY[::-1])
    with pytest.raises(TokenKeyError, match=f"Export the {KEY_VARIABLE} that the lake"):
        lake_key(lake)
    monkeypatch.delenv(KEY_VARIABLE)
    with pytest.raises(TokenKeyError, match="is not set"):
        lake_key(lake)
