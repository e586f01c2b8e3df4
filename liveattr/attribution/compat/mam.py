"""The calls of marketing_attribution_models 2.1 (MAM): `run_*`, over the models of this package.

>>> from liveattr.attribution.compat.mam import MAM

For scripts of version 1 (`attribution_*`) take `liveattr.attribution.compat.mam_v1`.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.attribution.compat.columns import as_pandas, column, flags, numbers
from liveattr.attribution.compat.journeys import from_lists, from_sessions
from liveattr.attribution.compat.mam_frames import credit_frame, transition_frame
from liveattr.errors import ParameterError, did_you_mean

__all__ = ["MAM", "AttributionResult"]

FORMATS = ("session", "journey", "grouped_journey")
_ALIASES = {f"format_{i + 1}": name for i, name in enumerate(FORMATS)}
_ELSEWHERE = {
    "generate_report": "use liveattr.report on a lake, or plot to_pandas()",
    "jatoolbox": "use the frame unified_df, or liveattr.attribution.transform_paths",
}
Floats = NDArray[np.float64]


class AttributionResult:
    """What a model gives: credit by channel, and by touch.

    Attributes
    ----------
    metadata : dict
        `model_type`, `model_name`, `kwargs`, and what the model has besides.
    """

    def __init__(self, raw: pd.DataFrame, metadata: dict[str, Any]) -> None:
        self._raw = raw
        self.metadata = metadata

    def to_pandas(self) -> pd.DataFrame:
        """Return `channels, attribution`, highest first; every channel, also one without credit."""
        out = self._raw.groupby("channels")["attribution_value"].sum().rename("attribution")
        return out.reset_index().sort_values(
            ["attribution", "channels"], ascending=[False, True], ignore_index=True
        )

    def to_dict(self) -> dict[str, list[Any]]:
        """Return `to_pandas()` as lists by column."""
        return self.to_pandas().to_dict("list")  # type: ignore[return-value]

    def to_raw_pandas(self) -> pd.DataFrame:
        """Return `attribution_value` of each touch, beside its journey's columns."""
        return self._raw

    def to_polars(self) -> Any:
        """Return `to_pandas()` for polars, which must be installed."""
        return _polars().from_pandas(self.to_pandas())

    def to_raw_polars(self) -> Any:
        """Return `to_raw_pandas()` for polars, which must be installed."""
        return _polars().from_pandas(self._raw)


def _polars() -> Any:
    try:
        return importlib.import_module("polars")
    except ModuleNotFoundError as error:
        raise ParameterError(
            "polars is not installed, this package does without; take to_pandas() or to_raw_pandas()"
        ) from error


class MAM:
    """Journeys, and models over them.

    Parameters
    ----------
    df
        Frame of pandas or polars.
    format_type
        `session`: one row a session. `journey`: one row a journey, touches as text or lists.
        `grouped_journey`: one row a kind of journey, with how often it occurred.
    channels_colname, journey_with_conv_colname
        Columns: the channel or the path; whether it converted (True and False, or 1 and 0).
    datetime_colname, user_id_colname
        Of sessions: their moment, and whose they are. Of journeys: `user_id_colname` names them
        (`journey_id`).
    time_till_conv_colname
        Of journeys: hours of each touch before the conversion (`time_till_end`). Without it there
        is no time decay.
    occurrences_colname
        Of grouped journeys (`occurrences`); fractions are kept.
    create_journey_id_based_on_conversion
        Of sessions: whether a new journey begins after each conversion.
    path_separator
        Between touches in text, of any length; blanks around a name are gone in any case.
    verbose
        Changes nothing.
    conversion_value_colname
        What it was worth: of a session, of a journey, of all occurrences. Credit is then value,
        without it conversions.

    Attributes
    ----------
    unified_df : pandas.DataFrame
        The journeys, see `Journeys.frame`.

    Raises
    ------
    ParameterError
        If there is no such format or column, or a column is not named that is needed.
    TableError
        If a cell is missing or does not fit.

    Examples
    --------
    >>> table = pd.DataFrame({"path": ["live > sms", "sms"], "n": [3, 1], "won": [True, False]})
    >>> mam = MAM(table, "grouped_journey", "path", "won", occurrences_colname="n")
    >>> mam.run_linear().to_dict()
    {'channels': ['live', 'sms'], 'attribution': [1.5, 1.5]}
    """

    def __init__(
        self,
        df: Any,
        format_type: str,
        channels_colname: str,
        journey_with_conv_colname: str,
        datetime_colname: str | None = None,
        user_id_colname: str | None = None,
        time_till_conv_colname: str | None = None,
        occurrences_colname: str | None = None,
        create_journey_id_based_on_conversion: bool = False,
        path_separator: str = " > ",
        verbose: bool = False,
        conversion_value_colname: str | None = None,
    ) -> None:
        self.verbose = verbose
        self.sep = path_separator
        self.conversion_value_colname = conversion_value_colname
        frame, kind = as_pandas(df, "df"), str(format_type).lower().strip()
        kind = _ALIASES.get(kind, kind)
        if kind not in FORMATS:
            raise ParameterError(
                f"format_type: {format_type!r} is none; {did_you_mean(kind, FORMATS)}"
            )
        if kind == "session":
            if datetime_colname is None or user_id_colname is None:
                raise ParameterError("session: name datetime_colname and user_id_colname")
            self._journeys = from_sessions(
                frame,
                who=[user_id_colname],
                when=datetime_colname,
                channel=channels_colname,
                converted=journey_with_conv_colname,
                value=conversion_value_colname,
                split=create_journey_id_based_on_conversion,
            )
            return
        grouped = kind == "grouped_journey"
        hours = None
        if not grouped:
            named = time_till_conv_colname is not None or "time_till_end" in frame.columns
            hours = (time_till_conv_colname or "time_till_end") if named else None
        weight = np.ones(len(frame))
        if grouped:
            weight = numbers(frame, "occurrences_colname", occurrences_colname or "occurrences")
            ids = np.array([f"path_{row}" for row in range(len(frame))], dtype=object)
        else:
            name = user_id_colname or "journey_id"
            ids = column(frame, "user_id_colname", name).astype(str).to_numpy(dtype=object)
        won = flags(frame, "journey_with_conv_colname", journey_with_conv_colname)
        value = won.astype(np.float64)
        if conversion_value_colname is not None:
            value = numbers(frame, "conversion_value_colname", conversion_value_colname)
            value = np.divide(value, weight, out=value.copy(), where=weight > 0)
        self._journeys = from_lists(
            frame,
            channel=channels_colname,
            sep=path_separator,
            ids=ids,
            hours=hours,
            converted=won,
            weight=weight,
            value=value,
        )

    def __getattr__(self, name: str) -> Any:
        hint = _ELSEWHERE.get(name, "liveattr has the models of MAM, not its tools")
        raise AttributeError(f"MAM has no {name!r} here; {hint}")

    @property
    def unified_df(self) -> pd.DataFrame:
        """The journeys, one row each."""
        return self._journeys.frame

    def _result(
        self, shares: Floats, kind: str, name: str, more: dict[str, Any], **kwargs: Any
    ) -> AttributionResult:
        journeys = self._journeys
        raw = credit_frame(journeys, shares, journeys.paths.value)
        return AttributionResult(
            raw, {"model_type": kind, "model_name": name, "kwargs": kwargs, **more}
        )

    def _rule(self, rule: str, name: str, hours: float = 168.0, **kwargs: Any) -> AttributionResult:
        from liveattr.attribution.path_shares import touch_shares
        from liveattr.attribution.rule_based import rule_parameters

        parameters = rule_parameters((), (0.4, 0.2, 0.4), hours / 24.0)
        shares = touch_shares(self._journeys.paths, rule, parameters)
        return self._result(shares, "heuristic", name, {}, **kwargs)

    def run_last_click(self) -> AttributionResult:
        """Credit the last touch."""
        return self._rule("last", "last_click")

    def run_first_click(self) -> AttributionResult:
        """Credit the first touch."""
        return self._rule("first", "first_click")

    def run_linear(self) -> AttributionResult:
        """Credit all touches alike, repeats counted."""
        return self._rule("linear", "linear")

    def run_position_based(self) -> AttributionResult:
        """Credit 40 % to the first touch, 40 % to the last, 20 % to all in between."""
        return self._rule("position", "position_based")

    def run_time_decay(self, half_life_hours: float = 168.0) -> AttributionResult:
        """Credit by age: half as much after `half_life_hours`. Needs times of all touches."""
        if self._journeys.hours is None:
            raise ParameterError("time decay: these journeys have no times; name a column of hours")
        return self._rule(
            "time_decay", "time_decay", half_life_hours, half_life_hours=half_life_hours
        )

    def run_markov(self, transition_to_same_state: bool = False) -> AttributionResult:
        """Split each journey over its own touches by their channels' removal effects.

        Notes
        -----
        `liveattr.attribution.markov(..., allocation="local")`. `transition_to_same_state` changes
        `transition_matrix` in the metadata, and no removal effect.
        """
        from liveattr.attribution.markov_chain import markov
        from liveattr.attribution.path_shares import touch_shares

        paths = self._journeys.paths
        matrix = transition_frame(paths, loops=transition_to_same_state)
        more = {
            "transition_matrix": matrix,
            "removal_effect": markov(paths)[["removal_effect"]].rename_axis(None),
            "channels_names": list(matrix.columns),
        }
        return self._result(
            touch_shares(paths, "markov"),
            "algorithmic",
            "markov",
            more,
            transition_to_same_state=transition_to_same_state,
        )

    def run_shapley(
        self, max_size: int | None = None, value_column: str = "conv_rate"
    ) -> AttributionResult:
        """Share the worth of each observed set of channels out by the game in it.

        Parameters
        ----------
        max_size
            None: sets of any size. A cap below the longest set is refused: it would keep the last
            channels by name and drop the credit of the others.
        value_column
            What a set is worth: `conv_rate`, `conversions` or `conversion_value`.

        Notes
        -----
        With `conv_rate` it is `liveattr.attribution.shapley(..., "exact_set")`.
        """
        from liveattr.attribution.compat.set_credit import credit_sets

        journeys = self._journeys
        model = f"attribution_shapley_size{max_size}_{value_column}_algorithmic"
        found = credit_sets(journeys.paths, value_column, max_size, self.sep, model)
        metadata = {
            "model_type": "algorithmic",
            "model_name": f"shapley_size{max_size}_{value_column}",
            "conv_table": found.table,
            "kwargs": {"max_size": max_size, "value_column": value_column},
        }
        return AttributionResult(credit_frame(journeys, found.shares, found.amounts), metadata)
