"""The calls of ChannelAttribution 2.2 (Python), solved exactly instead of simulated.

>>> from liveattr.attribution.compat import channelattribution as ca

Arguments, columns and the order of rows (as channels first appear) are those of that package.
Arguments that steer its simulation are taken and change nothing, because nothing is simulated:
`nsim_start, max_step, ncore, nfold, seed, conv_par, rate_step_sim`. Nor do `verbose, flg_pro, plot`:
nothing is printed or drawn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from liveattr.attribution.compat.ca_frames import coded, listed
from liveattr.attribution.compat.columns import as_pandas, column
from liveattr.attribution.compat.order_by_area import order_by_area
from liveattr.attribution.compat.path_states import seen
from liveattr.errors import ParameterError

__all__ = [
    "auto_markov_model",
    "choose_order",
    "heuristic_models",
    "markov_model",
    "transition_matrix",
]

MOST = 4
"""Touches that a state of `markov_model` can remember."""

Frames = dict[str, pd.DataFrame]


def heuristic_models(
    Data: pd.DataFrame,
    var_path: str,
    var_conv: str,
    var_value: str | None = None,
    sep: str = ">",
    flg_pro: bool = True,
) -> pd.DataFrame:
    """Credit first touch, last touch, and all touches alike.

    Parameters
    ----------
    Data
        One row a kind of path, with totals.
    var_path, var_conv, var_value
        Columns: path as text, conversions, what they are worth.
    sep
        One character between channels.

    Returns
    -------
    pandas.DataFrame
        `channel_name`; without `var_value` `first_touch, last_touch, linear_touch`; with it
        `first_touch_conversions, first_touch_value`, and so on.

    Raises
    ------
    ParameterError
        If there is no such column.
    TableError
        If a path is empty, or a number is missing or negative (values may be).

    Examples
    --------
    >>> table = pd.DataFrame({"path": ["live > sms", "sms"], "n": [3, 1]})
    >>> heuristic_models(table, "path", "n").to_dict("list")["linear_touch"]
    [1.5, 2.5]
    """
    from liveattr.attribution.rule_paths import rules

    paths = coded(Data, var_path, var_conv, var_value, None, sep)
    rows = seen(paths, counted=False)
    out: dict[str, Any] = {"channel_name": np.array(paths.channels, dtype=object)[rows]}
    for rule in ("first", "last", "linear"):
        credit = rules(paths, rule).iloc[rows]
        if var_value is None:
            out[f"{rule}_touch"] = credit["conversions"].to_numpy()
        else:
            out[f"{rule}_touch_conversions"] = credit["conversions"].to_numpy()
            out[f"{rule}_touch_value"] = credit["value"].to_numpy()
    return pd.DataFrame(out)


def markov_model(
    Data: pd.DataFrame,
    var_path: str,
    var_conv: str,
    var_value: str | None = None,
    var_null: str | None = None,
    order: int = 1,
    nsim_start: float = 1e5,
    max_step: int | None = None,
    out_more: bool = False,
    sep: str = ">",
    ncore: int = 1,
    nfold: int = 10,
    seed: int = 0,
    conv_par: float = 0.05,
    rate_step_sim: float = 1.5,
    verbose: bool = True,
    flg_pro: bool = True,
) -> pd.DataFrame | Frames:
    """Credit channels by their removal effect in a Markov chain.

    Parameters
    ----------
    Data
        One row a kind of path, with totals.
    var_path, var_conv, var_value, var_null
        Columns: path as text, conversions, what they are worth, journeys without a conversion.
        Without `var_null` those journeys are left out, which is rarely meant: it makes channels
        that meet many people who do not buy look as good as the others.
    order
        How many touches a state remembers, 1 to 4.
    out_more
        Also return the chain and the removal effects.
    sep
        One character between channels.
    nsim_start, max_step, nfold, seed, conv_par, rate_step_sim
        Change nothing: the chain is solved, no path is simulated or cut short.

    Returns
    -------
    pandas.DataFrame or dict
        `channel_name, total_conversions`, with `var_value` also `total_conversion_value`. With
        `out_more` a dict: that as `result`; `transition_matrix` (`channel_from, channel_to,
        transition_probability`; a channel is its number, counted from 1 as they appear, and a
        state of several is numbers with blanks); `removal_effects` (`channel_name`, and
        `removal_effect`, or with values `removal_effects_conversion,
        removal_effects_conversion_value`).

    Raises
    ------
    ParameterError
        If there is no such column or order.
    TableError
        If a path is empty, or a number is missing or negative (values may be).

    Notes
    -----
    `liveattr.attribution.markov` with `allocation="global"`; its docstring has the definition.
    """
    from liveattr.attribution.markov_chain import markov

    paths = coded(Data, var_path, var_conv, var_value, var_null, sep)
    rows = seen(paths, counted=True)
    credit = markov(paths, order).iloc[rows]
    names = np.array(paths.channels, dtype=object)[rows]
    result = {"channel_name": names, "total_conversions": credit["conversions"].to_numpy()}
    effect = credit["removal_effect"].to_numpy()
    if var_value is None:
        effects = {"channel_name": names, "removal_effect": effect}
    else:
        result["total_conversion_value"] = credit["value"].to_numpy()
        effects = {
            "channel_name": names,
            "removal_effects_conversion": effect,
            "removal_effects_conversion_value": credit["removal_effect_value"].to_numpy(),
        }
    if not out_more:
        return pd.DataFrame(result)
    return {
        "result": pd.DataFrame(result),
        "transition_matrix": listed(paths, order, rows, loops=False),
        "removal_effects": pd.DataFrame(effects),
    }


def auto_markov_model(
    Data: pd.DataFrame,
    var_path: str,
    var_conv: str,
    var_null: str,
    var_value: str | None = None,
    max_order: int = 10,
    roc_npt: int = 100,
    plot: bool = False,
    nsim_start: float = 1e5,
    max_step: int | None = None,
    out_more: bool = False,
    sep: str = ">",
    ncore: int = 1,
    nfold: int = 10,
    seed: int = 0,
    conv_par: float = 0.05,
    rate_step_sim: float = 1.5,
    verbose: bool = True,
    flg_pro: bool = True,
) -> pd.DataFrame | Frames:
    """Choose the order, then credit channels: `choose_order` and `markov_model`.

    Parameters
    ----------
    Data, var_path, var_conv, var_null, var_value, sep, out_more
        See `markov_model`; the others change nothing.
    max_order
        See `choose_order`.

    Returns
    -------
    pandas.DataFrame or dict
        See `markov_model`.

    Raises
    ------
    ParameterError
        Also if an order above 4 is chosen; `max_order=4` keeps it from that.
    """
    _, _, order = choose_order(Data, var_path, var_conv, var_null, max_order, sep)
    if order > MOST:
        raise ParameterError(
            f"max_order: order {order} was chosen, but the chain is solved up to {MOST}; "
            f"give max_order={MOST}"
        )
    return markov_model(
        Data, var_path, var_conv, var_value, var_null, order, out_more=out_more, sep=sep
    )


def choose_order(
    Data: pd.DataFrame,
    var_path: str,
    var_conv: str,
    var_null: str,
    max_order: int = 10,
    sep: str = ">",
    ncore: int = 1,
    roc_npt: int = 100,
    plot: bool = True,
    flg_pro: bool = True,
) -> tuple[pd.DataFrame, Frames, int]:
    """Choose the order by how well the last touches tell conversions from nulls, less a penalty.

    Parameters
    ----------
    Data, var_path, var_conv, var_null, sep
        See `markov_model`; nulls are needed.
    max_order
        Orders from 1 to this are tried, as long as there are more journeys than parameters.
    roc_npt
        Changes nothing: the curve has a point for every rate that occurs.

    Returns
    -------
    tuple
        Frame of areas, dict of curves, the order with the highest penalised area: `order_by_area`
        has the columns, the formula and the errors.

    Notes
    -----
    The criterion of that package.
    `liveattr.attribution.choose_order` judges journeys that the chain has not seen: prefer it.
    """
    column(as_pandas(Data, "Data"), "var_null", var_null)
    paths = coded(Data, var_path, var_conv, None, var_null, sep)
    return order_by_area(paths, max_order)


def transition_matrix(
    Data: pd.DataFrame,
    var_path: str,
    var_conv: str,
    var_null: str,
    order: int = 1,
    sep: str = ">",
    flg_equal: bool = True,
    flg_pro: bool = True,
) -> Frames:
    """Count how often one state follows another.

    Parameters
    ----------
    Data, var_path, var_conv, var_null, sep
        See `markov_model`.
    order
        How many touches a state remembers, from 1.
    flg_equal
        Whether steps from a state to itself count. `markov_model` has none: they change no
        removal effect.

    Returns
    -------
    dict
        `channels` (`id_channel, channel_name`) and `transition_matrix` (`channel_from, channel_to,
        transition_probability`), see `markov_model`.
    """
    column(as_pandas(Data, "Data"), "var_null", var_null)
    paths = coded(Data, var_path, var_conv, None, var_null, sep)
    rows = seen(paths, counted=True)
    names = np.array(paths.channels, dtype=object)[rows]
    return {
        "channels": pd.DataFrame(
            {"id_channel": np.arange(1, len(rows) + 1), "channel_name": names}
        ),
        "transition_matrix": listed(paths, order, rows, loops=flg_equal),
    }
