"""Other packages' calls: their shapes, and their numbers wherever those are not simulated.

The numbers are what ChannelAttribution 2.2.5, marketing_attribution_models 2.1.1 and 1.0.10 print.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from liveattr.attribution.compat import channelattribution as ca
from liveattr.attribution.compat.mam import MAM
from liveattr.attribution.compat.mam_v1 import MAM as MAM1
from liveattr.errors import ParameterError, TableError
from tests.attribution.known import D2, agrees, d1, expected

COLUMNS = ("path", "conversions", "value", "nulls")
SEEN = "eta iota alpha beta theta lambda kappa zeta epsilon gamma delta mi".split()
"""Channels of D1 as they first appear."""

LOCAL = {"alpha": "8285.48", "zeta": "24.14", "delta": "0.0037"}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return d1()


def grouped(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row for the conversions of a path, and one for its nulls."""
    won = table.assign(n=table.conversions, won=True)
    lost = table.assign(n=table.nulls, won=False, value=0.0)
    out = pd.concat([won, lost], ignore_index=True)
    return out[out.n > 0].reset_index(drop=True)


def columns_of(frames: dict[str, pd.DataFrame]) -> dict[str, list[str]]:
    return {name: list(frame.columns) for name, frame in frames.items()}


def test_heuristic_models() -> None:
    plain = ca.heuristic_models(D2, "path", "conversions")
    assert list(plain.columns) == ["channel_name", "first_touch", "last_touch", "linear_touch"]
    both = ca.heuristic_models(D2.iloc[[2, 4, 3, 0, 1]], "path", "conversions", "value")
    assert both.round(6).to_dict("list") == {
        "channel_name": ["C", "A", "B"],
        "first_touch_conversions": [2, 6, 1],
        "first_touch_value": [10, 90, 5],
        "last_touch_conversions": [5, 3, 1],
        "last_touch_value": [40, 45, 20],
        "linear_touch_conversions": [3.666667, 3.166667, 2.166667],
        "linear_touch_value": [33.333333, 48.333333, 23.333333],
    }


def test_markov_model_has_all_shapes_and_the_exact_numbers() -> None:
    found = ca.markov_model(D2, *COLUMNS, out_more=True, seed=1, nsim_start=10, max_step=2)
    assert columns_of(found) == {
        "result": ["channel_name", "total_conversions", "total_conversion_value"],
        "transition_matrix": ["channel_from", "channel_to", "transition_probability"],
        "removal_effects": [
            "channel_name",
            "removal_effects_conversion",
            "removal_effects_conversion_value",
        ],
    }
    assert found["result"].round(6).to_numpy().tolist() == [
        ["A", 3.667052, 48.820713],
        ["B", 2.162963, 27.319526],
        ["C", 3.169985, 28.859761],
    ]
    assert found["removal_effects"].removal_effects_conversion.round(6).tolist() == [
        0.711420,
        0.419622,
        0.614987,
    ]
    plain = ca.markov_model(D2, "path", "conversions", out_more=True)
    assert list(plain["result"].columns) == ["channel_name", "total_conversions"]
    assert list(plain["removal_effects"].columns) == ["channel_name", "removal_effect"]
    assert plain["result"].total_conversions.round(6).tolist() == [3.678155, 2.181956, 3.139888]
    second = ca.markov_model(D2, *COLUMNS, order=2)
    assert second.total_conversions.round(6).tolist() == [3.315789, 2.368421, 3.315789]


def test_transition_matrices_are_those_of_the_peer_row_by_row() -> None:
    call = (D2, "path", "conversions", "nulls")
    found = ca.transition_matrix(*call)
    assert found["channels"].to_dict("list") == {"id_channel": [1, 2, 3], "channel_name": [*"ABC"]}
    assert found["transition_matrix"].round(6).to_numpy().tolist() == [
        ["(start)", "1", 0.631579],
        ["(start)", "3", 0.263158],
        ["(start)", "2", 0.105263],
        ["1", "2", 0.625],
        ["1", "(conversion)", 0.1875],
        ["1", "(null)", 0.0625],
        ["1", "3", 0.125],
        ["2", "3", 0.357143],
        ["2", "(conversion)", 0.071429],
        ["2", "(null)", 0.285714],
        ["2", "2", 0.142857],
        ["2", "1", 0.142857],
        ["3", "(conversion)", 0.416667],
        ["3", "(null)", 0.416667],
        ["3", "1", 0.166667],
    ]
    no_loops = ca.transition_matrix(*call, flg_equal=False)["transition_matrix"]
    assert len(no_loops) == 14
    assert no_loops.equals(ca.markov_model(D2, *COLUMNS, out_more=True)["transition_matrix"])
    pairs = ca.transition_matrix(*call, order=2)["transition_matrix"]
    assert [" → ".join(pair) for pair in pairs.iloc[:, :2].to_numpy()] == [
        "(start) → 1 2",
        "(start) → 3",
        "(start) → 2 2",
        "(start) → 1 3",
        "1 2 → 2 3",
        "1 2 → (conversion)",
        "1 2 → (null)",
        "2 3 → (conversion)",
        "2 3 → (null)",
        "3 → (conversion)",
        "3 → (null)",
        "2 2 → 2 1",
        "2 1 → (conversion)",
        "2 1 → (null)",
        "1 3 → 3 1",
        "3 1 → (conversion)",
    ]


def test_the_order_is_chosen_as_the_peer_does(table: pd.DataFrame) -> None:
    found, curves, best = ca.choose_order(table, "path", "conversions", "nulls")
    assert best == 4
    assert list(curves) == [f"order={order}" for order in range(1, 6)]
    assert found.auc.round(6).tolist() == [0.508670, 0.517415, 0.527929, 0.542899, 0.553857]
    assert found.pauc.round(6).tolist() == [0.508603, 0.516989, 0.525977, 0.535729, 0.530662]
    assert curves["order=1"].iloc[[0, -1]].to_numpy().tolist() == [[0, 0], [1, 1]]
    far = _bits(5, lambda path: 300 + 200 * int(path[-1]) + 300 * int(path[1]))
    found, _, best = ca.choose_order(far, "path", "conversions", "nulls")
    assert best == 4, "two orders that add nothing do not stop the search"
    assert found.pauc.round(6).tolist() == [0.600985, 0.600973, 0.600960, 0.701974, 0.701964]
    auto = ca.auto_markov_model(table, "path", "conversions", "nulls", "value", max_order=2)
    assert auto.channel_name.tolist() == SEEN
    alpha = auto.set_index("channel_name").loc["alpha"]
    assert alpha.round(4).tolist() == [5617.4539, 19194.5157]


def test_wrong_calls_of_channelattribution_name_the_way_out(table: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match=r"var_conv: .*did you mean 'conversions'"):
        ca.heuristic_models(D2, "path", "conversion")
    with pytest.raises(ParameterError, match="var_null"):
        ca.choose_order(D2, "path", "conversions", None)
    with pytest.raises(ParameterError, match="order"):
        ca.markov_model(D2, "path", "conversions", order=5)
    with pytest.raises(ParameterError, match="max_order=4"):
        ones = _bits(5, lambda path: 200 * path.count("1"))
        ca.auto_markov_model(ones, "path", "conversions", "nulls")
    with pytest.raises(TableError, match="0 nulls"):
        ca.choose_order(D2.assign(nulls=0), "path", "conversions", "nulls")
    with pytest.raises(TableError, match="name is empty"):
        ca.heuristic_models(D2.assign(path=["A", "", "B", "C", "A"]), "path", "conversions")


def _bits(touches: int, won_of_1000: Callable[[str], int]) -> pd.DataFrame:
    """Return all paths of the channels 0 and 1, each 1,000 times."""
    paths = [f"{n:0{touches}b}" for n in range(2**touches)]
    won = np.array([won_of_1000(path) for path in paths])
    text = [" > ".join(path) for path in paths]
    return pd.DataFrame({"path": text, "conversions": won, "nulls": 1000 - won})


def test_mam_on_known_data(table: pd.DataFrame) -> None:
    mam = MAM(grouped(table), "grouped_journey", "path", "won", occurrences_colname="n")
    markov = mam.run_markov()
    frame = markov.to_pandas()
    assert list(frame.columns) == ["channels", "attribution"]
    assert frame.attribution.is_monotonic_decreasing
    agrees(frame.set_index("channels").attribution, LOCAL)
    assert set(markov.metadata) == {
        *("model_type", "model_name", "kwargs"),
        *("transition_matrix", "removal_effect", "channels_names"),
    }
    effect = markov.metadata["removal_effect"].removal_effect
    agrees(effect, {"alpha": "0.558399", "mi": "0.000180"})
    shapley = mam.run_shapley().to_pandas().set_index("channels").attribution
    agrees(
        shapley,
        expected(
            "7487.101094 3377.557437 3594.717819 1973.829750 1598.106821 1022.493272 440.622863 "
            "6.457371 159.527150 124.940901 -2.545589 2.191110"
        ),
    )
    assert mam.run_shapley(max_size=12).to_pandas().attribution.sum() == pytest.approx(19785)
    with pytest.raises(ParameterError, match="leave it out"):
        mam.run_shapley(max_size=4)


def test_mam_transition_matrix_and_worths_on_a_small_table() -> None:
    mam = MAM(grouped(D2), "format_3", "path", "won", None, None, None, "n")
    names = ["(inicio)", "A", "B", "C", "(null)", "(conversion)"]
    matrix = mam.run_markov(transition_to_same_state=True).metadata["transition_matrix"]
    assert list(matrix.columns) == list(matrix.index) == names
    assert matrix.loc["B"].round(6).tolist() == [
        0,
        0.142857,
        0.142857,
        0.357143,
        0.285714,
        0.071429,
    ]
    assert np.diag(matrix)[-2:].tolist() == [1, 1]
    assert mam.run_markov().metadata["transition_matrix"].loc["B", "B"] == 0
    assert _credit(mam.run_position_based()) == {"A": 3.7, "C": 3.6, "B": 1.7}
    by_value = MAM(
        grouped(D2), "grouped_journey", "path", "won", occurrences_colname="n",
        conversion_value_colname="value",
    )  # fmt: skip
    assert _credit(by_value.run_linear()) == {"A": 48.333333, "C": 33.333333, "B": 23.333333}
    counted = by_value.run_shapley(value_column="conversions")
    assert counted.metadata["model_name"] == "shapley_sizeNone_conversions"
    assert counted.to_pandas().attribution.sum() == pytest.approx(9)
    table = counted.metadata["conv_table"]
    assert table.combinations.tolist() == ["A > B", "A > B > C", "A > C", "C"]
    assert table.total_sequences.tolist() == [12 - 5, 5, 2, 5]


def _credit(result) -> dict[str, float]:
    found = result.to_dict()
    return dict(zip(found["channels"], np.round(found["attribution"], 6).tolist(), strict=True))


SESSIONS = pd.DataFrame(
    [
        ("u1", "2026-06-01 10:00", "live", False, 0.0),
        ("u1", "2026-06-02 10:00", "sms", True, 30.0),
        ("u1", "2026-06-03 10:00", "sms", False, 0.0),
        ("u1", "2026-06-03 16:00", "live", True, 50.0),
        ("u2", "2026-06-01 10:00", "card", False, 0.0),
    ],
    columns=["user", "moment", "channel", "won", "value"],
)


@pytest.mark.parametrize("split", [False, True])
def test_mam_puts_sessions_in_order(split: bool) -> None:
    shuffled = SESSIONS.sample(frac=1, random_state=3)
    mam = MAM(
        shuffled, "session", "channel", "won", "moment", "user",
        create_journey_id_based_on_conversion=split, conversion_value_colname="value",
    )  # fmt: skip
    frame = mam.unified_df.set_index("journey_id")
    if split:
        assert frame.channels.to_dict() == {
            "u1_J0": ["live", "sms"],
            "u1_J1": ["sms", "live"],
            "u2_J0": ["card"],
        }
        assert frame.conversion_value.tolist() == [30, 50, 0]
        assert _credit(mam.run_last_click()) == {"live": 50, "sms": 30, "card": 0}
        assert _credit(mam.run_time_decay(6)) == {"live": 35.098039, "sms": 44.901961, "card": 0}
    else:
        assert frame.channels.to_dict() == {"u1": ["live", "sms", "sms", "live"], "u2": ["card"]}
        assert frame.time_till_conv["u1"] == [54, 30, 6, 0]
        assert _credit(mam.run_linear()) == {"live": 40, "sms": 40, "card": 0}
    raw = mam.run_markov().to_raw_pandas()
    assert raw.groupby("journey_id").attribution_value.sum().to_dict() == pytest.approx(
        frame.conversion_value.to_dict()
    )


def test_mam_takes_journeys_as_text_or_lists() -> None:
    text = pd.DataFrame(
        {"journey_id": [1, 2], "path": ["live > sms", "sms"], "h": ["12 > 0", "3"], "won": [1, 0]}
    )
    lists = text.assign(path=[["live", "sms"], ["sms"]], h=[[12.0, 0.0], [3.0]])
    for frame in (text, lists):
        mam = MAM(frame, "journey", "path", "won", time_till_conv_colname="h")
        assert _credit(mam.run_time_decay(12.0)) == {"sms": 0.666667, "live": 0.333333}
    with pytest.raises(ParameterError, match="no times"):
        MAM(text, "journey", "path", "won").run_time_decay()
    with pytest.raises(TableError, match=r"'h', row 0: one time for each touch"):
        MAM(text.assign(h="1"), "journey", "path", "won", time_till_conv_colname="h")


def test_wrong_calls_of_mam_name_the_way_out() -> None:
    with pytest.raises(ParameterError, match="did you mean 'session'"):
        MAM(SESSIONS, "sessions", "channel", "won")
    with pytest.raises(ParameterError, match="datetime_colname"):
        MAM(SESSIONS, "session", "channel", "won")
    with pytest.raises(TableError, match="row 0: 'no' is not True or False"):
        MAM(SESSIONS.assign(won="no"), "session", "channel", "won", "moment", "user")
    mam = MAM(SESSIONS, "session", "channel", "won", "moment", "user")
    with pytest.raises(AttributeError, match=r"liveattr\.report"):
        mam.generate_report([])
    with pytest.raises(ParameterError, match="there is no worth 'rate'"):
        mam.run_shapley(value_column="rate")


def test_mam_version_1(table: pd.DataFrame) -> None:
    frame = grouped(table).assign(worth=lambda rows: rows.n.where(rows.won, 0))
    mam = MAM1(
        frame, channels_colname="path", journey_with_conv_colname="won", conversion_value="worth"
    )
    journeys, credit, matrix, effect = mam.attribution_markov()
    nulls_ignored = {"alpha": "5260.0696", "zeta": "394.5215", "delta": "4.2587"}
    agrees(credit.set_index("channels").attribution_markov_algorithmic, nulls_ignored)
    assert sum(journeys[0]) == pytest.approx(1)
    assert matrix.index[0] == "(inicio)" and list(effect.columns) == ["removal_effect"]
    mam.attribution_position_based([0.5, 0.3, 0.2])
    mam.attribution_position_decay()
    assert list(mam.group_by_channels_models.columns) == [
        "channels",
        "attribution_markov_algorithmic",
        "attribution_position_based_0.5_0.3_0.2_heuristic",
        "attribution_position_decay_heuristic",
    ]
    assert mam.group_by_channels_models.iloc[:, 1:].sum().tolist() == pytest.approx([19785] * 3)


def test_mam_version_1_rules_on_a_small_table() -> None:
    mam = MAM1(
        SESSIONS, group_channels=True, group_channels_by_id_list=["user"],
        group_timestamp_colname="moment", channels_colname="channel",
        journey_with_conv_colname="won", create_journey_id_based_on_conversion=True,
        conversion_value=10,
    )  # fmt: skip
    found = mam.attribution_all_models(last_click_non_but_not_this_channel="sms")
    assert found.columns.str.endswith(("channels", "_heuristic", "_algorithmic")).all()
    assert found.set_index("channels")["attribution_last_click_non_sms_heuristic"].to_dict() == {
        "card": 0,
        "live": 20,
        "sms": 0,
    }
    asymmetric = mam.attribution_position_based([0.6, 0.2, 0.2])[0]
    assert asymmetric[0] == pytest.approx([7, 3])
    decayed = mam.attribution_time_decay(0.5, 6)[0]
    assert decayed[0] == pytest.approx([10 / 17, 160 / 17])
    with pytest.raises(ParameterError, match="ordered=True"):
        mam.attribution_shapley(order=True)
    with pytest.raises(ParameterError, match="simulate"):
        MAM1(random_df=True)
