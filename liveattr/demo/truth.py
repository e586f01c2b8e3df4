"""The only place where the truth of a world meets a lake: the table `known_truth`.

No stage reads that table, and `liveattr run` never writes it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pandas as pd

from liveattr.errors import MissingDataError
from liveattr.lake import Lake, Summary, run_stage
from liveattr.profit.roi import true_roi
from liveattr.tables import get_table

__all__ = ["STAMP", "known_truth", "write_known_truth"]

STAMP = "made_from.json"
"""Beside `raw/` and `truth/`: preset, seed, changed values, and the code that made them."""

_AMOUNTS = ("orders", "gmv_fen", "net_fen", "margin_fen")

_FIXED = """
    SELECT campaign_id, -amount_fen AS fixed_cost_fen FROM statement
    WHERE variant = 'base' AND line = 'fixed_cost' AND given
    QUALIFY as_of = max(as_of) OVER ()
"""


def write_known_truth(lake: Lake, folder: str | Path) -> Summary:
    """Put the effects of `truth/` into the table `known_truth` of the world's lake.

    Parameters
    ----------
    lake
        The lake of the world, with statements.
    folder
        Of the world.

    Returns
    -------
    Summary
        Rows of the truth, and rows written.

    Raises
    ------
    MissingDataError
        If the folder has no truth: only a simulated world has one.
    """
    effects, stamp = Path(folder) / "truth" / "effects.parquet", Path(folder) / STAMP
    if not effects.is_file() or not stamp.is_file():
        raise MissingDataError(
            f"{folder} has no truth; `liveattr demo world` makes a world with it"
        )
    said = json.loads(stamp.read_text(encoding="utf-8"))
    changed = "".join(f", {name} = {value}" for name, value in said["values"].items())
    world = f"{said['preset']}, seed {said['seed']}{changed}"

    def body(opened: Lake) -> Summary:
        rows = pd.read_parquet(effects)
        made = known_truth(
            rows,
            opened.sql("SELECT broadcast_id, campaign_id FROM broadcast"),
            opened.sql(_FIXED),
            world=world,
        )
        opened.write("known_truth", made)
        return Summary(rows_in=len(rows), outputs={"known_truth": len(made)})

    return run_stage(
        lake,
        "known_truth",
        options={"world": world, "effects": hashlib.sha256(effects.read_bytes()).hexdigest()},
        reads=("broadcast", "statement"),
        writes=("known_truth",),
        body=body,
    )


def known_truth(
    effects: pd.DataFrame, broadcasts: pd.DataFrame, costs: pd.DataFrame, *, world: str
) -> pd.DataFrame:
    """Say what each campaign and broadcast of a simulated world truly added.

    Parameters
    ----------
    effects
        `subject_kind, subject, horizon, orders, gmv_fen, net_fen, margin_fen`, as in
        `truth/effects.parquet`; rows of other kinds than `campaign` and `broadcast` are left out.
    broadcasts
        `broadcast_id, campaign_id` as the lake knows them.
    costs
        `campaign_id, fixed_cost_fen` [fen, positive]; a campaign without a row gave none.
    world
        What to say of the world: preset and seed.

    Returns
    -------
    pandas.DataFrame
        Columns of table `known_truth`. A broadcast that is its campaign's only one and has its id
        stands for the campaign. `true_roi` is `liveattr.profit.true_roi`, with `net_fen` as R and
        `margin_fen` as R + V.

    Examples
    --------
    >>> effects = pd.DataFrame(
    ...     [("campaign", "kol_1", "net", 40, 90_000, 60_000, 30_000)],
    ...     columns=["subject_kind", "subject", "horizon", "orders", "gmv_fen", "net_fen", "margin_fen"])
    >>> shows = pd.DataFrame({"broadcast_id": ["live_1"], "campaign_id": ["kol_1"]})
    >>> costs = pd.DataFrame({"campaign_id": ["kol_1"], "fixed_cost_fen": [40_000]})
    >>> known_truth(effects, shows, costs, world="tiny, seed 7").true_roi.tolist()
    [0.75]
    """
    campaign = effects[effects["subject_kind"].eq("campaign")].assign(broadcast_id="")
    campaign = campaign.rename(columns={"subject": "campaign_id"})
    single = effects[effects["subject_kind"].eq("broadcast")]
    single = single.rename(columns={"subject": "broadcast_id"}).merge(broadcasts, on="broadcast_id")
    alone = single["campaign_id"].eq(single["broadcast_id"])
    single["broadcast_id"] = single["broadcast_id"].mask(alone, "")
    known = set(broadcasts["campaign_id"])
    rows = pd.concat([campaign[campaign["campaign_id"].isin(known)], single], ignore_index=True)
    rows = rows.merge(costs, on="campaign_id", how="left")
    cost = rows["fixed_cost_fen"].astype("Int64").mask(rows["broadcast_id"].ne(""))
    whole = {name: rows[name].round().astype("int64") for name in _AMOUNTS[1:]}
    variable = whole["margin_fen"] - whole["net_fen"]
    roi = true_roi(whole["net_fen"], variable, -cost).astype("Float64") / 1_000_000
    rows = rows.assign(
        **whole,
        orders=rows["orders"].astype("float64"),
        fixed_cost_fen=cost,
        true_roi=roi,
        world=world,
    )
    return rows[list(get_table("known_truth").names)]
