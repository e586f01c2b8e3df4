"""Why two identifiers are one person: the path, its weights, and what was refused."""

import re

import pytest

from liveattr.errors import ParameterError
from tests.identity.test_graph import CASHIER, CLASH, D1, M1, M2, PERSON, U1, graph_of


def test_path_has_the_strongest_weakest_step() -> None:
    said = graph_of(*PERSON, *CLASH).explain(D1, U1)
    assert said.same
    pairs = said.steps[["left", "right"]].drop_duplicates().to_numpy().tolist()
    assert pairs == [
        ["uid_douyin·d1", "visitor·v1"],
        ["visitor·v1", "mall_account·m1"],
        ["mall_account·m1", "unionid·u1"],  # by the OpenID it would be A-, and longer
    ]
    assert said.strength == 9
    assert said.sentence("zh").startswith(
        "抖音 UID d1 与 UnionID u1：是同一个人。最弱的一环：追踪链接"
    )


def test_a_longer_way_of_proof_beats_a_shorter_hint() -> None:
    hint = ("unionid", "u1", "phone", "p1", "order_phone", "B", 6, "2026-01-22")
    proof = ("phone", "p1", "mall_account", "m1", "phone_verified", "A", 15, "2026-01-22")
    said = graph_of(*PERSON, hint, proof).explain(("phone", "p1"), U1)
    assert said.steps["right"].unique().tolist() == ["mall_account·m1", "unionid·u1"]


def test_weights_of_a_step_add_up() -> None:
    again = ("mall_account", "m1", "visitor", "v1", "device_login", "B", 5, "2026-01-25")
    steps = graph_of(*PERSON, again).explain(M1, ("visitor", "v1")).steps
    assert steps["step"].tolist() == [1, 1]
    assert steps[["tier", "start", "end"]].to_numpy().tolist() == [["A", 0, 14], ["B", 14, 19]]
    assert (steps["end"] - steps["start"]).tolist() == steps["weight"].tolist()


def test_two_accounts_are_apart_and_the_clash_is_named() -> None:
    said = graph_of(*PERSON, *CLASH, *CASHIER).explain(M1, M2)
    assert not said.same
    assert said.steps.empty
    clash = said.refused.set_index("reason").loc["exclusive"]
    assert (clash["value_a"], clash["value_b"]) == ("mall_account·m2", "mall_account·m1")
    assert "exclusive" not in said.text("en")
    assert "one a person · mall account: m2 and m1" in said.text("en")
    assert "一人只能有一个 · 商城账号：m2 与 m1" in said.text("zh")
    assert "牵连的人太多 · 手机号 till" in said.text("zh")


def test_strangers_and_one_identifier() -> None:
    other = ("mall_account", "m3", "phone", "p3", "order_phone", "B", 6, "2026-01-24")
    graph = graph_of(*PERSON, other)
    strangers = graph.explain(M1, ("phone", "p3"))
    assert strangers.sentence("en").endswith(
        "Not one person. No evidence leads from one to the other."
    )
    assert graph.explain(M1, M1).sentence("en").endswith("The same identifier.")
    with pytest.raises(ParameterError, match="no identifier phone·x"):
        graph.explain(M1, ("phone", "x"))
    with pytest.raises(ParameterError, match="zh or en"):
        strangers.text("fr")


def test_what_a_source_wrote_is_escaped_and_cut() -> None:
    evil, long = "<script>", "0123456789abcdef" * 4
    row = ("mall_account", "m1", "phone", evil, "<b>bold", "A", 15, "2026-01-22")
    long_row = ("mall_account", "m1", "openid", long, "openid_login", "A-", 11, "2026-01-22")
    graph = graph_of(row, long_row)
    shown = graph.explain(("phone", evil), ("openid", long))
    html = shown._repr_html_()
    assert "&lt;script&gt;" in html and "&lt;b&gt;bold" in html
    assert not re.search(r"<(script|b>bold)", html)
    assert long not in html + repr(shown) and "openid·012345" in html
