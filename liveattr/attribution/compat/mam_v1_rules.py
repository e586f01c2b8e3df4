"""The rules of `compat.mam_v1.MAM`, and where their results are kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.attribution.compat.journeys import Journeys
from liveattr.attribution.path_table import Paths
from liveattr.errors import ParameterError

__all__ = ["RuleModels", "sum_by_channel"]

Floats = NDArray[np.float64]
Credit = tuple[pd.Series, pd.Series]


def sum_by_channel(paths: Paths, credit: Floats) -> Floats:
    """Add credit of touches up by channel."""
    sums = np.bincount(paths.codes, weights=credit, minlength=len(paths.channels))
    return sums.astype(np.float64)


class RuleModels:
    """Rules over journeys.

    Attributes
    ----------
    group_by_channels_models : pandas.DataFrame or None
        `channels` and a column for each model that has run.
    """

    _journeys: Journeys
    group_by_channels_models: pd.DataFrame | None

    def _keep(self, name: str, by_channel: Floats, group: bool) -> pd.Series:
        index = pd.Index(self._journeys.channels, name="channels", dtype=object)
        if group:
            known = self.group_by_channels_models
            if known is None:
                known = pd.DataFrame({"channels": index.to_numpy()})
            self.group_by_channels_models = known.assign(**{name: by_channel})
        return pd.Series(by_channel, index=index, name="value")

    def _shared(self, name: str, shares: Floats, group: bool) -> Credit:
        """Share what each journey is worth out, and keep it by channel."""
        journeys = self._journeys
        credit = shares * np.repeat(journeys.value, np.diff(journeys.starts))
        by_channel = sum_by_channel(journeys.paths, credit)
        return journeys.lists(credit), self._keep(name, by_channel, group)

    def _rule(self, rule: str, name: str, group: bool, skip: str = "") -> Credit:
        from liveattr.attribution.path_shares import touch_shares
        from liveattr.attribution.rule_based import rule_parameters

        parameters = rule_parameters((skip,), (0.4, 0.2, 0.4), 7.0)
        return self._shared(name, touch_shares(self._journeys.paths, rule, parameters), group)

    def attribution_last_click(self, group_by_channels_models: bool = True) -> Credit:
        """Credit the last touch."""
        return self._rule("last", "attribution_last_click_heuristic", group_by_channels_models)

    def attribution_last_click_non(
        self, but_not_this_channel: str = "Direct", group_by_channels_models: bool = True
    ) -> Credit:
        """Credit the last touch of another channel; the last one if there is no other."""
        name = f"attribution_last_click_non_{but_not_this_channel}_heuristic"
        return self._rule("last_non_direct", name, group_by_channels_models, but_not_this_channel)

    def attribution_first_click(self, group_by_channels_models: bool = True) -> Credit:
        """Credit the first touch."""
        return self._rule("first", "attribution_first_click_heuristic", group_by_channels_models)

    def attribution_linear(self, group_by_channels_models: bool = True) -> Credit:
        """Credit all touches alike, repeats counted."""
        return self._rule("linear", "attribution_linear_heuristic", group_by_channels_models)

    def attribution_position_based(
        self,
        list_positions_first_middle_last: Sequence[float] | None = None,
        group_by_channels_models: bool = True,
    ) -> Credit:
        """Credit the first, those in between together, and the last; of two each half the middle."""
        from liveattr.attribution.rule_based import rule_parameters
        from liveattr.attribution.rule_paths import rule_shares

        given = list_positions_first_middle_last or [0.4, 0.2, 0.4]
        weights = rule_parameters((), tuple(given), 7.0).position_weights  # type: ignore[arg-type]
        paths = self._journeys.paths
        shares = rule_shares(
            paths, "position", skip=(), position_weights=weights, half_life_days=7.0
        )
        first, middle, last = weights
        starts = paths.starts[:-1][paths.lengths == 2]
        shares[starts], shares[starts + 1] = first + middle / 2, last + middle / 2
        name = "_".join(str(weight) for weight in given)
        return self._shared(
            f"attribution_position_based_{name}_heuristic", shares, group_by_channels_models
        )

    def attribution_position_decay(self, group_by_channels_models: bool = True) -> Credit:
        """Credit the first touch with 1, the second with 2, and so on, over their sum."""
        lengths = self._journeys.paths.lengths
        place = np.arange(lengths.sum()) - np.repeat(self._journeys.starts[:-1], lengths) + 1.0
        shares = place / np.repeat(lengths * (lengths + 1) / 2, lengths)
        return self._shared(
            "attribution_position_decay_heuristic", shares, group_by_channels_models
        )

    def attribution_time_decay(
        self,
        decay_over_time: float = 0.5,
        frequency: float = 168,
        group_by_channels_models: bool = True,
    ) -> Credit:
        """Credit by age in whole steps of `frequency` hours: `decay_over_time` to their power."""
        journeys = self._journeys
        if journeys.hours is None:
            raise ParameterError("time decay: these journeys have no times; name a column of hours")
        if not 0 < decay_over_time <= 1 or frequency <= 0:
            raise ParameterError(
                f"time decay: decay_over_time in (0, 1] and frequency above 0, not "
                f"{decay_over_time!r} and {frequency!r}"
            )
        starts, lengths = journeys.starts[:-1], np.diff(journeys.starts)
        steps = np.floor(journeys.hours / frequency)
        newest = np.repeat(np.minimum.reduceat(steps, starts), lengths)
        weights = decay_over_time ** (steps - newest)
        shares = weights / np.repeat(np.add.reduceat(weights, starts), lengths)
        name = f"attribution_time_decay{decay_over_time}_freq{frequency}_heuristic"
        return self._shared(name, shares, group_by_channels_models)
