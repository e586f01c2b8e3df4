"""The stage `resolve` on a lake."""

from pathlib import Path

from liveattr.identity import resolve
from tests.rows import Rows, at


def test_writes_members_and_is_idempotent(tmp_path: Path) -> None:
    world = Rows().add("event", event_id="1", account_token="a", event_at=at("01-22 20:00"))
    for number, evidence in enumerate(("login", "same_device")):
        world.bound(f"visitor:v{number}", "mall_account:a", evidence)
    lake = world.lake(tmp_path)
    done = resolve(lake)
    assert (done.rows_in, done.rows_refused, done.outputs) == (2, 1, {"person_member": 2})
    members = lake.table("person_member")
    assert set(members.id) == {"a", "v0"}
    assert members.person_id.nunique() == 1
    version = lake.versions()["person_member"]
    assert resolve(lake).skipped
    assert not resolve(lake, force=True).skipped
    assert lake.versions()["person_member"] == version


def test_empty_lake(tmp_path: Path) -> None:
    assert resolve(Rows().lake(tmp_path)).outputs == {"person_member": 0}
