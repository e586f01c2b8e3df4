"""Tracked links: what the maker signs the door knows again, and nothing else."""

from __future__ import annotations

import hashlib
import hmac
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest

from liveattr.cli import main
from liveattr.errors import ParameterError, TokenKeyError
from liveattr.lake import Lake
from liveattr.sources import ingest
from liveattr.sources.links import COLUMNS, link_reach, make_link, make_links
from tests.sources.looking import LOOSE, codes, rows, token

KEY = "link-key-of-the-tests-0123456789abcdef"
SHOW = {"broadcast_id": "live_20260122_A", "host_id": "9876543210", "product_id": "TEA-250"}
PAGE = "https://mall.example/p/1"


@pytest.fixture(autouse=True)
def _link_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEATTR_LINK_KEY", KEY)


def by_the_book(*lines: str) -> str:
    return hmac.new(KEY.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()


def asked(url: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}


def table(rows_: list[dict[str, object]], path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows_).to_csv(path, index=False)
    return path


def test_a_link_is_the_textbook_hmac() -> None:
    link = make_link(**SHOW, shelf_no=3, url=f"{PAGE}?a=b#top")
    lid = (
        "t"
        + by_the_book(
            "lid", "live_20260122_A", "live_20260122_A", "", "9876543210", "TEA-250", "3"
        )[:14]
    )
    sig = "s" + by_the_book("link", lid, "live_20260122_A")[:24]
    assert (link["link_id"], link["link_sig"]) == (lid, sig)
    assert asked(link["url"]) == {"a": "b", "source": "live_20260122_A", "lid": lid, "sig": sig}
    assert link["url"].endswith("#top")
    assert make_link(**SHOW, shelf_no=3, valid_to_at="2026-01-23 20:00")["link_id"] == lid


def test_every_fact_makes_another_link_and_the_order_of_rows_none() -> None:
    base = {**SHOW, "campaign_id": "", "shelf_no": "3", "source_code": "live_20260122_A"}
    plan = pd.DataFrame([base, *({**base, name: "7"} for name in base)])
    made = make_links(plan)
    assert made["link_id"].is_unique and made["link_sig"].is_unique
    again = make_links(plan.iloc[::-1])
    assert again["url"].tolist() == made["url"].tolist()[::-1]
    campaign = make_links(pd.DataFrame({"campaign_id": ["春节 2026"], "shelf_no": [pd.NA]}))
    assert asked(campaign["url"].item())["source"] == "春节 2026"


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"host_id": "h"}, "give broadcast_id"),
        ({"broadcast_id": "a\nb"}, "does not survive"),
        ({"broadcast_id": "b", "host_id": "4.98E+18"}, "does not survive"),
        ({"broadcast_id": "b", "product_id": "null"}, "does not survive"),
        ({"broadcast_id": "b", "shelf_no": 0}, "no place on a shelf"),
        ({"broadcast_id": "b", "valid_to_at": "22.1.2026"}, "Beijing time"),
        (
            {"broadcast_id": "b", "valid_from_at": "2026-01-22 20:00", "valid_to_at": "2026-01-22"},
            "ends",
        ),
    ],
)
def test_a_link_that_could_not_be_read_again_is_not_made(
    facts: dict[str, object], said: str
) -> None:
    with pytest.raises(ParameterError, match=said):
        make_links(pd.DataFrame([facts]))


def test_without_a_key_of_32_characters_no_link_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TokenKeyError, match="5 characters"):
        make_link(broadcast_id="b", key="short")
    monkeypatch.delenv("LIVEATTR_LINK_KEY")
    with pytest.raises(TokenKeyError, match="is not set"):
        make_link(broadcast_id="b")


def tampered(right: dict[str, str], other: dict[str, str]) -> list[dict[str, str]]:
    """Every way in which the three texts of a link may be changed by hand."""
    sig = right["sig"]
    flipped = [sig[:i] + ("0" if c != "0" else "1") + sig[i + 1 :] for i, c in enumerate(sig)]
    wrong = [{**right, "sig": text} for text in (*flipped, *(sig[:n] for n in range(1, len(sig))))]
    wrong += [{**right, "sig": sig + "0"}, {**right, "sig": other["sig"]}]
    wrong += [
        {**right, "lid": other["lid"]},
        {**right, "lid": right["lid"][:-1]},
        {**right, "lid": ""},
    ]
    wrong += [{**right, "source": text} for text in ("live_20260122_B", "", right["source"] + "1")]
    return wrong


def test_an_altered_link_stays_out_and_the_right_one_comes_in(lake: Lake, tmp_path: Path) -> None:
    made = make_links(pd.DataFrame([{**SHOW, "shelf_no": n} for n in (3, 4)]), url=PAGE)
    right, other = map(asked, made["url"])
    texts = [right, {**right, "sig": right["sig"].upper()}, {**right, "sig": ""}]
    texts += tampered(right, other)
    events = [
        {
            "event_id": f"e{i:03}",
            "event": "mall_landing",
            "event_time": "2026-01-22 20:10:00",
            **text,
        }
        for i, text in enumerate(texts)
    ]
    table(made.to_dict("records"), tmp_path / "raw" / "tracked_links" / "links.csv")
    table(events, tmp_path / "raw" / "mall_events" / "events.csv")
    ingest(lake, tmp_path / "raw", settings=LOOSE)
    assert rows(lake, "SELECT event_id, link_id FROM event ORDER BY 1") == [
        (f"e00{i}", right["lid"]) for i in range(3)
    ]
    assert len(texts) > 50
    assert codes(lake, "mall_events") == {
        i: ("LINK_FORGED", "link_sig") for i in range(4, len(texts) + 1)
    }
    known = "SELECT link_id, host_id, product_id, shelf_no, signature_ok FROM tracked_link ORDER BY shelf_no"
    assert rows(lake, known) == [
        (text["lid"], "9876543210", "TEA-250", n, True) for text, n in ((right, 3), (other, 4))
    ]


def test_a_row_that_was_given_to_somebody_else_stays_out(lake: Lake, tmp_path: Path) -> None:
    plan = pd.DataFrame([{**SHOW, "shelf_no": n} for n in range(1, 7)])
    made = make_links(plan).drop(columns="url")
    made.loc[1, "host_id"] = "1111"
    made.loc[2, ["host_id", "link_sig"]] = ["1111", ""]  # taking the signature away does not help
    made.loc[3, "shelf_no"] = "9"
    made.loc[4, "broadcast_id"] = "live_20260122_B"
    made.loc[5, "valid_to_at"] = "2026-01-23 20:00"  # a link may be lengthened
    ingest(
        lake,
        table(made.to_dict("records"), tmp_path / "links.csv"),
        preset="tracked_links",
        settings=LOOSE,
    )
    assert codes(lake, "tracked_links") == {n: ("LINK_FORGED", "link_id") for n in (2, 3, 4, 5)}
    assert rows(lake, "SELECT shelf_no, valid_to_at IS NULL FROM tracked_link ORDER BY 1") == [
        (1, True),
        (6, False),
    ]


def call(folder: Path, *arguments: str) -> int:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as left:
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["liveattr", "link", "make", *arguments])
        main()
    return int(left.value.code or 0)


def test_the_command_prints_a_link_and_keeps_its_row(
    lake: Lake, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = (
        "--broadcast",
        "live_20260122_A",
        "--host",
        "9876543210",
        "--sku",
        "TEA-250",
        "--shelf",
        "3",
    )
    assert call(tmp_path, *one, "--url", PAGE) == 0
    said = capsys.readouterr()
    assert said.out == make_link(**SHOW, shelf_no=3, url=PAGE)["url"] + "\n"
    assert "links.csv: 1 links, 1 of them made now" in said.err
    (tmp_path / "plan.csv").write_bytes("货架号,商品编码\n1,茶-100\n3,TEA-250\n".encode("gb18030"))
    asked_ = (*one[:4], "--valid-to", "2026-01-23 20:00", "--shelf-file", "plan.csv")
    assert call(tmp_path, *asked_) == 0
    said = capsys.readouterr()
    assert said.out.count("?source=live_20260122_A&lid=t") == 2 and "2 links, 2 of" in said.err
    ingest(lake, tmp_path / "data" / "raw", settings=LOOSE)
    kept = "SELECT shelf_no, product_id, strftime(valid_to_at, '%d %H:%M'), signature_ok FROM tracked_link ORDER BY 1"
    assert rows(lake, kept) == [
        (1, "茶-100", "23 12:00", True),
        (3, "TEA-250", "23 12:00", True),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give broadcast_id"),
        (("--broadcast", "b", "--sku", "1", "--product", "2"), "--sku, or --product"),
        (("--broadcast", "b", "--out", "links.xlsx"), ".csv file"),
        (("--broadcast", "b", "--out", "costs.csv"), "no table of links"),
        (("--shelf-file", "nowhere.csv"), "there is no file nowhere.csv"),
        (("--shelf-file", "costs.csv"), "column 'amount'"),
        (("--shelf-file", "bare.csv"), "has no row"),
        (("--shelf-file", "empty.csv"), "is no table"),
    ],
)
def test_wrong_input_is_said(
    arguments: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in (("costs", "amount\n5\n"), ("bare", "lid\n"), ("empty", "")):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    before = sorted(tmp_path.iterdir())
    assert call(tmp_path, *arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and said in err and "Traceback" not in err
    assert sorted(tmp_path.iterdir()) == before


def test_the_columns_are_those_of_the_template() -> None:
    from liveattr.formats import read_preset

    assert set(COLUMNS) == set(read_preset("tracked_links").fields)


def test_who_came_through_a_link() -> None:
    came = pd.DataFrame(
        [
            ("L", "v1", None),
            ("L", "v1", "a"),
            ("L", "v2", "a"),
            ("M", None, "b"),
            (None, "v3", "c"),
        ],
        columns=["link_id", "visitor_token", "account_token"],
    )
    assert link_reach(came).to_numpy().tolist() == [["L", 3, 2, 1], ["M", 1, 0, 1]]


def test_a_link_token_and_its_redeemers_are_bindings(lake: Lake, tmp_path: Path) -> None:
    head = "binding_id,left_kind,left_id,right_kind,right_id,bound_at,evidence,consent"
    text = "\n".join(
        [
            head,
            "r-1,link_token,3f9c1e77,visitor,v-1,2026-01-22 20:15:00,link_token,yes",
            "r-2,uid_douyin,MS4w-x1,link_token,3f9c1e77,2026-01-22 20:14:20,专属链接,yes",
        ]
    )
    (tmp_path / "b.csv").write_text(text, encoding="utf-8")
    ingest(lake, tmp_path / "b.csv", preset="bindings")
    assert rows(
        lake, "SELECT left_kind, left_token, right_token, evidence FROM binding ORDER BY 1"
    ) == [
        ("link_token", token("link_token", "3f9c1e77"), token("visitor", "v-1"), "link_token"),
        (
            "uid_douyin",
            token("uid_douyin", "MS4w-x1"),
            token("link_token", "3f9c1e77"),
            "link_token",
        ),
    ]
