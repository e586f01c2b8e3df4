"""Fill rate against days of stock, one line a model: at the same fill rate, less stock is better. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.report.charts import COLOURS, svg

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ALL", "LEVEL", "frontier_chart", "frontier_points", "shown_scores"]

LEVEL = "@"
"""Between a model and the level of one point of its frontier, as in `glm@0.95` and `last_30@21`."""
ALL = "(all)"
OWN = "last_"
"""How the names of the merchant's own rules begin."""
_SHAPES = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down")
_WIDE = 500
"""[px] From here on the legend fits in one row."""


def shown_scores(backtest: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a backtest that stand in its card: not the points of a frontier at some level."""
    return backtest[~backtest["model"].astype("string").str.contains(LEVEL, regex=False)]


def frontier_points(backtest: pd.DataFrame) -> pd.DataFrame:
    """Return the points of the frontier, all demand classes together.

    Returns
    -------
    pandas.DataFrame
        `model, level, stock_days, fill_rate` by model and stock; a model with a level after `@` has a
        point a level, another one a single point (level null).
    """
    both = backtest[
        (backtest["demand_class"] == ALL) & backtest["metric"].isin(["fill_rate", "stock_days"])
    ]
    wide = both.pivot(index="model", columns="metric", values="score")
    wide = wide.reindex(columns=["stock_days", "fill_rate"]).dropna().reset_index()
    parts = wide["model"].astype("string").str.split(LEVEL, n=1, regex=False)
    level = pd.to_numeric(parts.str.get(1), errors="coerce")
    made = wide.assign(model=parts.str.get(0), level=level.astype(float))
    many = made["model"].isin(made.loc[made["level"].notna(), "model"])
    kept = made[~(many & made["level"].isna())]
    return kept.sort_values(["model", "stock_days"])[
        ["model", "level", "stock_days", "fill_rate"]
    ].reset_index(drop=True)


def frontier_chart(
    points: pd.DataFrame,
    names: Mapping[str, str],
    *,
    titles: tuple[str, str],
    width: int = 860,
    height: int = 260,
) -> str:
    """Draw the frontier; the merchant's own rules are amber, other models green and grey.

    Parameters
    ----------
    points
        From `frontier_points`.
    names
        Model → how it is called.
    titles
        Of the axes: stock, fill rate.
    width, height
        [px]
    """
    import altair as alt

    models = list(dict.fromkeys(points["model"]))
    shown = [names.get(model, model) for model in models]
    frame = points.assign(name=points["model"].map(dict(zip(models, shown, strict=True))))
    frame = frame[["name", "stock_days", "fill_rate"]].astype({"name": object})
    legend = alt.Legend(
        orient="top", title=None, labelLimit=300, labelColor=COLOURS["ink"], symbolSize=70,
        direction="horizontal" if width >= _WIDE else "vertical",
    )  # fmt: skip
    colour = alt.Color("name:N", scale={"domain": shown, "range": _inks(models)}, legend=legend)
    shape = alt.Shape(
        "name:N", scale={"domain": shown, "range": [*_SHAPES][: len(shown)]}, legend=legend
    )
    x = alt.X("stock_days:Q", title=titles[0], axis={"tickCount": 6, "format": "~f"})
    y = alt.Y(
        "fill_rate:Q", title=titles[1], axis={"tickCount": 5, "format": ".0%"},
        scale={"zero": False},
    )  # fmt: skip
    base = alt.Chart(frame).encode(x=x, y=y, color=colour)
    lines = base.mark_line(strokeWidth=2)
    dots = base.mark_point(filled=True, size=70, opacity=1).encode(shape=shape)
    return svg(alt.layer(lines, dots).properties(width=width, height=height))


def _inks(models: Sequence[str]) -> list[str]:
    """Return a colour a model: green and greys, and ambers for the merchant's own rules."""
    own, other = iter(_OWN * len(models)), iter(_OTHER * len(models))
    return [next(own if model.startswith(OWN) else other) for model in models]


_OWN = (COLOURS["surface"], COLOURS["out"])
_OTHER = (COLOURS["true"], COLOURS["muted"], COLOURS["ink"], COLOURS["in"])
