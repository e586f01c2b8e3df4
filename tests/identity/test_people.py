"""Evidence on rows → people, as far as consent goes."""

from typing import Any

import pytest

from liveattr.identity import create_people
from tests.rows import Rows, at


def resolved(world: Rows) -> dict[str, Any]:
    """Resolve a world: people as sorted lists of kind:id, refusals and quarantine."""
    with world.connect() as con:
        create_people(con)
        member = con.sql("SELECT person_id, kind || ':' || id AS who FROM person_member").df()
        refused = con.sql("SELECT reason, value_a, value_b FROM merge_refused").fetchall()
        held = con.sql("SELECT kind || ':' || id, reason FROM identifier_quarantine").fetchall()
    people = sorted(sorted(part) for _, part in member.groupby("person_id").who)
    return {"people": people, "refused": refused, "held": held}


def people_of(world: Rows) -> list[list[str]]:
    return resolved(world)["people"]


def agreed(
    world: Rows, kind: str, token: str, action: str = "granted", time: str = "01-01 10:00"
) -> Rows:
    return world.add(
        "consent_act", seq=str(len(world.rows.get("consent_act", []))), subject_kind=kind,
        subject_token=token, purpose="attribution", action=action, at=at(time),
    )  # fmt: skip


@pytest.mark.parametrize("evidence", ["login", "phone_verified", "member_card", "order_phone"])
def test_a_known_sort_of_binding_joins(evidence: str) -> None:
    world = Rows().bound("phone:p", "mall_account:a", evidence)
    assert people_of(world) == [["mall_account:a", "phone:p"]]


def test_an_unknown_sort_of_binding_says_nothing() -> None:
    assert people_of(Rows().bound("phone:p", "mall_account:a", "other")) == []


def test_a_source_without_a_legal_basis_makes_no_evidence() -> None:
    world = Rows().add("binding", binding_id="1", source="who knows", left_kind="phone",
                       left_token="p", right_kind="mall_account", right_token="a")  # fmt: skip
    assert people_of(world) == []


def test_two_tokens_on_one_row_join() -> None:
    world = Rows().add("event", event_id="1", openid_token="o", unionid_token="u")
    world.add("order_header", order_id="1", unionid_token="u", member_token="m")
    assert people_of(world) == [["member_card:m", "openid:o", "unionid:u"]]


def test_an_account_belongs_to_its_platform() -> None:
    world = Rows()
    for platform in ("douyin", "kuaishou", "mall", "youzan"):
        world.add("event", event_id=platform, platform=platform, account_token="7")
    assert people_of(world) == [["mall_account:7"], ["uid_douyin:7"], ["uid_kuaishou:7"]]


def test_a_sold_phone_and_a_shared_browser_join_nobody() -> None:
    world = Rows()
    for number, (time, account) in enumerate(
        [("01-01 10:00", "a"), ("02-01 10:00", "b"), ("03-01 10:00", "a")]
    ):
        seen = {"account_token": account, "event_at": at(time)}
        world.add("event", event_id=f"v{number}", visitor_token="v", **seen)
        if number < 2:
            world.add("event", event_id=f"d{number}", device_token="d", **seen)
    found = resolved(world)
    assert found["people"] == [["device:d", "mall_account:b"], ["mall_account:a"], ["visitor:v"]]
    assert found["held"] == [("visitor:v", "shared")]
    assert {reason for reason, *_ in found["refused"]} == {"shared"}


def test_a_second_account_of_one_platform_is_refused_with_both_values() -> None:
    world = Rows()
    for account, evidence in (("a", "unionid"), ("b", "openid_login")):
        world.add("event", event_id=account, account_token=account)
        world.bound("unionid:u", f"mall_account:{account}", evidence)
    found = resolved(world)
    assert found["people"] == [["mall_account:a", "unionid:u"], ["mall_account:b"]]
    assert found["refused"] == [("exclusive", "b", "a")] or found["refused"] == [
        ("exclusive", "a", "b")
    ]


def test_orders_and_events_of_a_platform_may_call_a_person_by_two_names() -> None:
    """Douyin: sec_open_id in the room, open_id on the order."""
    world = Rows().add("event", event_id="1", platform="douyin", account_token="sec")
    world.add("order_header", order_id="1", platform="douyin", account_token="open")
    for uid in ("sec", "open"):
        world.bound(f"uid_douyin:{uid}", "unionid:u", "unionid")
    agreed(world, "unionid", "u")
    assert people_of(world) == [["uid_douyin:open", "uid_douyin:sec", "unionid:u"]]


class TestConsent:
    def crossing(self) -> Rows:
        world = Rows().bound("phone:p", "mall_account:a", "phone_verified")
        return world.bound("uid_douyin:d", "phone:p", "phone_verified")

    def test_platform_and_mall_stay_apart_without_a_grant(self) -> None:
        found = resolved(self.crossing())
        assert found["people"] == [["mall_account:a", "phone:p"], ["uid_douyin:d"]]
        assert found["refused"] == [("no_consent", None, None)]

    @pytest.mark.parametrize("who", [("mall_account", "a"), ("uid_douyin", "d"), ("phone", "p")])
    def test_a_grant_of_either_side_speaks_for_its_side(self, who: tuple[str, str]) -> None:
        world = agreed(self.crossing(), *who)
        assert people_of(world) == [["mall_account:a", "phone:p", "uid_douyin:d"]]

    @pytest.mark.parametrize("who", [("mall_account", "a"), ("uid_douyin", "d")])
    def test_any_withdrawal_wins_and_joins_nothing_of_the_person(
        self, who: tuple[str, str]
    ) -> None:
        world = agreed(agreed(self.crossing(), "phone", "p"), *who, "withdrawn", "02-01 10:00")
        found = resolved(world)
        assert found["people"] == [["mall_account:a"], ["phone:p"], ["uid_douyin:d"]]
        assert {reason for reason, *_ in found["refused"]} == {"withdrawn"}

    def test_the_record_itself_may_say_that_the_person_agreed(self) -> None:
        world = self.crossing()
        world.rows["binding"][1]["consented"] = True
        assert people_of(world) == [["mall_account:a", "phone:p", "uid_douyin:d"]]

    def test_someone_elses_grant_opens_nothing(self) -> None:
        world = agreed(self.crossing().bound("phone:q", "mall_account:b"), "phone", "q")
        assert ["uid_douyin:d"] in people_of(world)
