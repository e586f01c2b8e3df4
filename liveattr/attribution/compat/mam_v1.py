"""The calls of marketing_attribution_models 1.0 (MAM, legacy): `attribution_*`.

>>> from liveattr.attribution.compat.mam_v1 import MAM

`run_*` of version 2 is in `liveattr.attribution.compat.mam`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from liveattr.attribution.compat.columns import as_pandas
from liveattr.attribution.compat.journeys import from_sessions, journeys_of_rows
from liveattr.attribution.compat.mam_frames import transition_frame
from liveattr.attribution.compat.mam_v1_rules import RuleModels, sum_by_channel
from liveattr.errors import ParameterError

__all__ = ["MAM"]


class MAM(RuleModels):
    """Journeys, and models over them.

    Every model returns a series with a list of numbers for each journey, and a series `value` by
    channel; the latter is also kept as a column of `group_by_channels_models`.

    Parameters
    ----------
    df
        Frame of pandas or polars.
    time_till_conv_colname
        Hours of each touch before the conversion. Without it touches are taken to be a day apart,
        which is made up; with `skip_column` there is no time decay.
    conversion_value
        What a conversion is worth, or the column that says so.
    channels_colname, journey_with_conv_colname
        Columns: the channel or the path, as text or lists; whether it converted (all, if not named).
    group_channels
        Whether a row is a session; then `group_channels_by_id_list` says whose it is and
        `group_timestamp_colname` when it was. Else a row is a journey.
    create_journey_id_based_on_conversion
        Whether a new journey begins after each conversion.
    path_separator
        Between touches in text.
    verbose
        Changes nothing.
    random_df
        Refused: `liveattr.simulate` makes data whose truth is known.

    Attributes
    ----------
    group_by_channels_models : pandas.DataFrame or None
        `channels` and a column for each model that has run.
    channels, journey_with_conv, conversion_value : pandas.Series
        The journeys.

    Raises
    ------
    ParameterError
        If there is no such column, or one is not named that is needed.
    TableError
        If a cell is missing or does not fit.

    Examples
    --------
    >>> table = pd.DataFrame({"path": ["live > sms", "sms"], "won": [True, False]})
    >>> mam = MAM(table, channels_colname="path", journey_with_conv_colname="won")
    >>> mam.attribution_position_based()[1].to_dict()
    {'live': 0.5, 'sms': 0.5}
    """

    def __init__(
        self,
        df: Any = None,
        time_till_conv_colname: str | None = None,
        conversion_value: float | str = 1,
        channels_colname: str | None = None,
        journey_with_conv_colname: str | None = None,
        group_channels: bool = False,
        group_channels_by_id_list: Sequence[str] | None = None,
        group_timestamp_colname: str | None = None,
        create_journey_id_based_on_conversion: bool = False,
        path_separator: str = " > ",
        verbose: bool = False,
        random_df: bool = False,
    ) -> None:
        if random_df or df is None:
            raise ParameterError("df: a frame; liveattr.simulate makes data whose truth is known")
        frame = as_pandas(df, "df")
        self.sep, self.verbose = path_separator, verbose
        self.group_by_channels_models: pd.DataFrame | None = None
        if group_channels:
            made = from_sessions(
                frame,
                who=list(group_channels_by_id_list or ()),
                when=group_timestamp_colname or "",
                channel=channels_colname or "",
                converted=journey_with_conv_colname,
                value=conversion_value,
                split=create_journey_id_based_on_conversion,
            )
        else:
            made = journeys_of_rows(
                frame,
                channels_colname or "",
                journey_with_conv_colname,
                conversion_value,
                time_till_conv_colname,
                list(group_channels_by_id_list or ()),
                path_separator,
            )
        self._journeys = replace(made, value=np.where(made.converted, made.value, 0.0))
        self.channels = made.frame["channels"]
        self.journey_with_conv = pd.Series(made.converted)
        self.conversion_value = pd.Series(made.value)
        self.journey_id = pd.Series(made.ids)

    def attribution_markov(
        self,
        transition_to_same_state: bool = False,
        group_by_channels_models: bool = True,
        conversion_value_as_frequency: bool = True,
    ) -> tuple[pd.Series, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Credit channels by their removal effect, over all journeys together.

        Parameters
        ----------
        transition_to_same_state
            Whether the matrix has steps from a channel to itself; changes no removal effect.
        group_by_channels_models
            Whether to keep the result.
        conversion_value_as_frequency
            True: a journey counts as often as it is worth, so journeys that did not convert count
            nothing. That is rarely meant; False counts every journey once.

        Returns
        -------
        tuple
            Shares of each journey's touches (lists that sum to 1); `channels` and credit; transition
            probabilities; removal effects.
        """
        from liveattr.attribution.markov_chain import markov
        from liveattr.attribution.path_shares import touch_shares

        journeys = self._journeys
        weight = journeys.value if conversion_value_as_frequency else np.ones(len(journeys.value))
        paths = replace(journeys, weight=weight, value=np.zeros(len(weight))).paths
        effect = markov(paths)["removal_effect"].fillna(0.0)
        total = effect.sum()
        credit = effect.to_numpy() / (total if total else 1.0) * journeys.value.sum()
        same = "_same_state" if transition_to_same_state else ""
        name = f"attribution_markov{same}_algorithmic"
        by_channel = self._keep(name, credit, group_by_channels_models)
        return (
            journeys.lists(touch_shares(paths, "markov")),
            by_channel.rename(name).reset_index(),
            transition_frame(paths, loops=transition_to_same_state),
            effect.rename_axis(None).to_frame(),
        )

    def attribution_shapley(
        self,
        size: int | None = None,
        order: bool = False,
        values_col: str = "conv_rate",
        merge_custom_values: pd.DataFrame | None = None,
        group_by_channels_models: bool = True,
    ) -> tuple[pd.DataFrame, pd.Series]:
        """Share the worth of each observed set of channels out by the game in it.

        Parameters
        ----------
        size
            None: sets of any size. A cap below the longest set is refused.
        order, merge_custom_values
            Refused: use `liveattr.attribution.shapley` with `ordered=True`, or a function.
        values_col
            What a set is worth: `conv_rate`, `conversions` or `conversion_value`.
        group_by_channels_models
            Whether to keep the result.

        Returns
        -------
        tuple
            The table of sets, and credit by channel.
        """
        from liveattr.attribution.compat.set_credit import credit_sets

        if order or merge_custom_values is not None:
            raise ParameterError(
                "order, merge_custom_values: not here; liveattr.attribution.shapley takes "
                "ordered=True, or a function that says what a set is worth"
            )
        name = f"attribution_shapley_size{size}_{values_col}_algorithmic"
        paths = self._journeys.paths
        found = credit_sets(paths, values_col, size, self.sep, name)
        credit = found.shares * np.repeat(found.amounts, paths.lengths)
        kept = self._keep(name, sum_by_channel(paths, credit), group_by_channels_models)
        columns = ["combinations", "conversions", "total_sequences", "conversion_value"]
        return found.table[[*columns, "conv_rate", name]], kept

    def attribution_all_models(
        self,
        model_type: str = "all",
        last_click_non_but_not_this_channel: str = "Direct",
        time_decay_decay_over_time: float = 0.5,
        time_decay_frequency: float = 128,
        shapley_size: int | None = None,
        shapley_order: bool = False,
        shapley_values_col: str = "conv_rate",
        markov_transition_to_same_state: bool = False,
        group_by_channels_models: bool = True,
    ) -> pd.DataFrame | None:
        """Run the rules, the algorithms, or all (`heuristic`, `algorithmic`, `all`)."""
        if model_type not in ("all", "heuristic", "algorithmic"):
            raise ParameterError(f"model_type: all, heuristic or algorithmic, not {model_type!r}")
        group = group_by_channels_models
        if model_type != "algorithmic":
            self.attribution_last_click(group)
            self.attribution_last_click_non(last_click_non_but_not_this_channel, group)
            self.attribution_first_click(group)
            self.attribution_linear(group)
            self.attribution_position_based(None, group)
            if self._journeys.hours is not None:
                self.attribution_time_decay(time_decay_decay_over_time, time_decay_frequency, group)
        if model_type != "heuristic":
            self.attribution_shapley(shapley_size, shapley_order, shapley_values_col, None, group)
            self.attribution_markov(markov_transition_to_same_state, group)
        return self.group_by_channels_models
