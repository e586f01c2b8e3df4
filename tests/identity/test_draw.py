"""Pictures of people: what they say, that they say it alike, and that nothing lies on top of a name."""

import re
from pathlib import Path

import pytest

from liveattr.errors import ParameterError
from liveattr.identity.layout import WIDTH, lay_out_person
from tests.identity.test_graph import CASHIER, CLASH, M1, PERSON, graph_of

SCRIPT = ("mall_account", "m1", "member_card", "<script>", "<i>card", "A", 12, "2026-01-22")
ROWS = (*PERSON, *CLASH, *CASHIER, SCRIPT)


@pytest.mark.parametrize(
    ("lang", "wanted"),
    [
        (
            "zh",
            ["7 个标识，同一个人", "抖音 UID", "手机号", "追踪链接 A-", "× 一人只能有一个", "40"],
        ),
        (
            "en",
            ["7 identifiers, one person", "Douyin UID", "phone", "link A-", "× one a person", "40"],
        ),
    ],
)
def test_person_says_who_why_and_what_was_refused(lang: str, wanted: list[str]) -> None:
    graph = graph_of(*ROWS)
    drawn = graph.draw(graph.person_of(*M1), lang)
    texts = re.findall(r"<text[^>]*>(?:<tspan[^>]*>)?([^<]*)", drawn.svg)
    for text in wanted:
        assert any(text in each for each in texts), text
    assert "<script" not in drawn.svg and "&lt;script&gt;" in drawn.svg
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", drawn.svg)
    assert repr(drawn).startswith(f"<Picture: {wanted[0]}")


def test_order_of_rows_says_nothing_and_bytes_are_equal(tmp_path: Path) -> None:
    one, other = graph_of(*ROWS), graph_of(*reversed(ROWS))
    drawn = [graph.draw(graph.person_of(*M1)).svg for graph in (one, other)]
    assert drawn[0] == drawn[1]
    saved = one.draw(one.person_of(*M1)).save(tmp_path / "person.svg")
    assert saved.read_text(encoding="utf-8") == drawn[0]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_words_stand_inside_and_on_no_other_word(lang: str) -> None:
    graph = graph_of(*ROWS)
    scene = lay_out_person(graph, graph.person_of(*M1), lang)
    boxes = []
    for line in scene.lines:
        if line.label:
            wide = sum(10 if ord(letter) > 0x2E80 else 5.6 for letter in line.label) / 2
            boxes.append((line.at[0] - wide, line.at[1] - 5, line.at[0] + wide, line.at[1] + 5))
    boxes += [(n.x - 9, n.y - 9, n.x + 9, n.y + 9) for n in scene.nodes]
    assert all(0 <= left and right <= WIDTH for left, _, right, _ in boxes)
    for at, one in enumerate(boxes):
        for two in boxes[at + 1 :]:
            apart = one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1]
            assert apart, (one, two)


def test_cashiers_phone_shows_some_and_counts_all() -> None:
    graph = graph_of(*CASHIER)
    drawn = graph.draw_refused("phone", "till", "en")
    assert drawn.title == "40 mall accounts, one phone: it joins nobody"
    assert "… and 32 more" in drawn.svg and "ties too many" in drawn.svg
    assert drawn.svg.count(">mall account<") == 16, "eight names, each with its halo"
    with pytest.raises(ParameterError, match="not quarantined"):
        graph.draw_refused(*M1)
    with pytest.raises(ParameterError, match="zh or en"):
        graph.draw_refused("phone", "till", "fr")
