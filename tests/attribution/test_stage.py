"""The stage `attribute`: rows of `credit` and `credit_total`, as of two dates."""

import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from liveattr.attribution import attribute, roll_up
from liveattr.errors import ParameterError
from liveattr.identity import resolve
from liveattr.journeys import build_journeys
from liveattr.lake import Lake, open_lake
from liveattr.settings import RuleParameters, Settings
from tests.rows import Rows, at

DAY, LATER = date(2026, 1, 22), date(2026, 2, 22)


def show() -> Rows:
    """Order 1 (100 + 7 fen) after live, sms and a direct visit; order 2 (50 fen) after nothing."""
    rows = Rows().add("broadcast", broadcast_id="b1", platform_room_id="r1", host_id="h1")
    rows.seen("01-22 18:00", name="live_enter", broadcast_id="b1", sku_id="s1")
    rows.seen("01-22 18:40", channel="sms", campaign_id="M").seen("01-22 19:00")
    rows.bought("01-22 20:00", "1", 100, 7).bought("01-22 21:00", "2", 50, account_token="b")
    return rows.add(
        "refund", platform="mall", refund_id="r", shop_id="s", order_id="1", status="done",
        type="refund_only", refund_fen=30, done_at=at("01-30 10:00"), before_shipping=False,
    ).add(
        "refund_line", platform="mall", refund_id="r", line_id="1-1", shop_id="s", order_id="1",
        refund_fen=30,
    )  # fmt: skip


def run(lake: Lake, as_of: date = DAY, **options) -> Lake:
    resolve(lake)
    build_journeys(lake, settings=Settings())
    attribute(lake, as_of=as_of, settings=options.pop("settings", Settings()), **options)
    return lake


@pytest.fixture(scope="module")
def attributed(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The show after `attribute` of that day; read only."""
    return run(show().lake(tmp_path_factory.mktemp("attributed") / "lake"))


@pytest.fixture
def lake(attributed: Lake, tmp_path: Path) -> Lake:
    """A copy of it of one's own."""
    return open_lake(shutil.copytree(attributed.path, tmp_path / "lake"), threads=1)


def totals(
    lake: Lake, grain: str, rule: str, as_of: date = DAY
) -> dict[str, tuple[float, int, int]]:
    """Value → orders, fen, lines."""
    found = lake.sql(
        "SELECT value, orders, net_fen, n FROM credit_total "
        "WHERE grain = $grain AND model = $rule AND as_of = $as_of",
        grain=grain, rule=rule, as_of=as_of,
    )  # fmt: skip
    return {r.value: (round(r.orders, 6), r.net_fen, r.n) for r in found.itertuples()}


def test_linear_by_hand(attributed: Lake) -> None:
    lake = attributed
    rest = {"(unattributed)": (1, 50, 1)}
    third = round(1 / 3, 6)
    assert totals(lake, "channel", "linear") == rest | {
        "live": (third, 34 + 3, 2),
        "sms": (third, 33 + 2, 2),
        "direct": (third, 33 + 2, 2),
    }
    two_thirds = round(2 / 3, 6)
    assert totals(lake, "host", "linear") == rest | {
        "h1": (third, 37, 2),
        "(none)": (two_thirds, 70, 2),
    }
    assert totals(lake, "campaign", "linear") == rest | {
        "A": (third, 37, 2),
        "M": (third, 35, 2),
        "(none)": (third, 35, 2),
    }
    assert totals(lake, "broadcast", "linear").keys() == {"b1", "(none)", "(unattributed)"}
    assert totals(lake, "sku", "linear").keys() == {"s1", "(none)", "(unattributed)"}


def test_rows_of_credit(attributed: Lake) -> None:
    credit = attributed.table("credit")
    assert set(credit.model) == set(Settings().models)
    line = credit[(credit.line_id == "1-1") & (credit.model == "linear")].sort_values("touch_id")
    assert line.net_fen.tolist() == [34, 33, 33]
    assert line.share.tolist() == pytest.approx([1 / 3] * 3)
    assert line.channel.tolist() == ["live", "sms", "direct"]
    assert line.broadcast_id.fillna("").tolist() == ["b1", "", ""]
    alone = credit[(credit.line_id == "2-1") & (credit.model == "last")].iloc[0]
    assert (alone.touch_id, alone.channel, alone.share, alone.net_fen) == (
        -1,
        "(unattributed)",
        1,
        50,
    )


def test_last_non_direct_and_its_skip_list(lake: Lake) -> None:
    assert totals(lake, "channel", "last_non_direct")["sms"] == (1, 107, 2)
    other = Settings(rules=RuleParameters(skip=("direct", "sms")))
    attribute(lake, as_of=DAY, settings=other)
    assert totals(lake, "channel", "last_non_direct")["live"] == (1, 107, 2)
    assert set(lake.table("credit").query("model == 'last_non_direct'").version) == {
        "last_non_direct/1 skip=direct,sms"
    }


def test_a_refund_takes_credit_back(lake: Lake) -> None:
    attribute(lake, as_of=LATER, settings=Settings())
    assert totals(lake, "channel", "last", LATER)["direct"] == (1, 77, 2)
    assert totals(lake, "channel", "last", DAY)["direct"] == (1, 107, 2)
    assert set(lake.table("credit").as_of) == {LATER}


def test_only_what_was_there_on_the_day(tmp_path: Path) -> None:
    rows = show().bought("01-23 10:00", "3", 11)
    lake = run(rows.lake(tmp_path), models=["last"])
    assert "3-1" not in set(lake.table("credit").line_id)
    attribute(lake, as_of=LATER, models=["last"], settings=Settings())
    assert "3-1" in set(lake.table("credit").line_id)


def test_unpaid_and_test_orders_are_rows_without_money_and_no_orders(tmp_path: Path) -> None:
    rows = show().bought("01-22 20:30", "4", 1000, paid_at=None, status="created")
    rows.bought("01-22 20:40", "5", 1000, is_test=True)
    lake = run(rows.lake(tmp_path), models=["last"])
    assert totals(lake, "channel", "last")["direct"] == (1, 107, 2)
    assert sum(t[0] for t in totals(lake, "channel", "last").values()) == 2
    credit = lake.table("credit").query("model == 'last'").set_index("line_id")
    assert (credit.channel["4-1"], credit.net_fen["4-1"]) == ("direct", 0)
    assert (credit.channel["5-1"], credit.net_fen["5-1"]) == ("(unattributed)", 0)


def test_second_run_writes_nothing(lake: Lake) -> None:
    before = {**lake.versions(), "run": 0}
    assert attribute(lake, as_of=DAY, settings=Settings()).skipped
    done = attribute(lake, as_of=DAY, settings=Settings(), force=True)
    assert {**lake.versions(), "run": 0} == before
    assert done.outputs == {n: len(lake.table(n)) for n in done.outputs}


def test_a_choice_of_models(lake: Lake) -> None:
    attribute(lake, as_of=DAY, models=["first"], settings=Settings())
    assert set(lake.table("credit").model) == {"first"}
    with pytest.raises(ParameterError, match="did you mean 'first'"):
        attribute(lake, as_of=DAY, models=["frist"], settings=Settings())


def test_no_touches_at_all(tmp_path: Path) -> None:
    lake = run(Rows().bought("01-22 20:00", "1", 5).lake(tmp_path))
    assert totals(lake, "sku", "time_decay") == {"(unattributed)": (1, 5, 1)}


def test_no_orders_at_all(tmp_path: Path) -> None:
    lake = run(Rows().seen("01-22 20:00").lake(tmp_path))
    assert lake.table("credit").empty
    assert totals(lake, "channel", "first") == {"(unattributed)": (0, 0, 0)}
    assert isinstance(lake.table("credit_total"), pd.DataFrame)


def test_markov_and_shapley_on_a_lake(tmp_path: Path) -> None:
    """Two others came directly and bought nothing.

    Order 1: a third of the journeys begins live, direct converts a third of what comes. Without live or
    sms 2/9 of the 1/3 are left, without direct nothing: effects 1/3, 1/3, 1. Order 2 tells a direct
    visit after sms from one alone, so all three are needed alike.
    """
    rows = show().seen("01-22 12:00", account_token="c").seen("01-22 13:00", account_token="d")
    lake = run(rows.lake(tmp_path), models=["markov", "markov_2", "shapley"])
    expected = {"markov": [0.2, 0.2, 0.6], "markov_2": [1 / 3] * 3, "shapley": [1 / 3] * 3}
    for model, parts in expected.items():
        by_channel = totals(lake, "channel", model)
        assert [by_channel[c][0] for c in ("live", "sms", "direct")] == pytest.approx(
            parts, abs=1e-6
        )
        assert sum(t[1] for t in by_channel.values()) == 157
    versions = lake.sql("SELECT DISTINCT model, version FROM credit ORDER BY ALL").version.tolist()
    assert versions == ["markov/1 order=1", "markov/1 order=2", "shapley/1 simplified"]
    spread = lake.sql("SELECT low, net_fen, high, level FROM credit_total WHERE net_fen > 0")
    assert (spread.low < spread.net_fen).all() and (spread.net_fen < spread.high).all()
    assert (spread.level == 0.95).all()


def test_by_host_for_a_state(lake: Lake) -> None:
    attribute(lake, as_of=DAY, models=["markov"], model_key="host", settings=Settings())
    assert set(lake.table("credit").version) >= {"markov/1 order=1 model_key=host"}
    by_host = totals(lake, "host", "markov")
    assert by_host["h1"][0] + by_host["(none)"][0] == pytest.approx(1)


def test_shorter_windows_than_the_journeys_have(tmp_path: Path) -> None:
    rows = show().seen("01-12 20:00", channel="search", touch_kind="click")
    lake = run(rows.lake(tmp_path), models=["first"])
    assert totals(lake, "channel", "first")["search"] == (1, 107, 2)
    attribute(lake, as_of=DAY, models=["first"], lookback_days=3, settings=Settings())
    assert totals(lake, "channel", "first")["live"] == (1, 107, 2)
    assert set(lake.table("credit").version) == {"first/1 lookback_days=3"}
    attribute(lake, as_of=DAY, models=["first"], touch_windows={"click": 5}, settings=Settings())
    assert totals(lake, "channel", "first")["live"] == (1, 107, 2)
    with pytest.raises(ParameterError, match="no kind of touch 'clik'"):
        attribute(lake, as_of=DAY, touch_windows={"clik": 5}, settings=Settings())


def test_a_touch_of_another_product_earns_nothing_under_a_match(lake: Lake) -> None:
    attribute(lake, as_of=DAY, models=["first"], settings=Settings(sku_match="product"))
    credit = lake.table("credit").set_index("line_id")
    assert credit.channel.to_dict() == {
        "1-1": "sms",
        "1-2": "sms",
        "2-1": "(unattributed)",
    }
    assert set(credit.version) >= {"first/1 match=product"}


def test_a_cube_over_room_host_and_product(attributed: Lake) -> None:
    lake = attributed
    cube = roll_up(lake, as_of=DAY, models=["linear", "markov"], settings=Settings())
    assert list(cube.columns[2:5]) == ["broadcast", "host", "sku"]
    part = cube[cube.model == "linear"].set_index(["broadcast", "host", "sku"])
    assert part.net_fen.to_dict() == {
        ("(none)",) * 3: 70,
        ("(unattributed)",) * 3: 50,
        ("b1", "h1", "s1"): 37,
    }
    with pytest.raises(ParameterError, match="did you mean 'host'"):
        roll_up(lake, ["hots"], as_of=DAY, settings=Settings())
    with pytest.raises(ParameterError, match="there is no grain 'room'"):
        attribute(lake, as_of=DAY, grain=["room"], settings=Settings())
