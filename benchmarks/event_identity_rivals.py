"""Rivals of `event_identity.py`: plain rules, and Splink with its m from labels or from EM.

Splink gets what it can use: the block and the window of ours as blocking rules, the delay in levels,
term frequencies of address, device and city, and for one variant the tracked pairs' coincidences as
labels. Its event pairs are judged one by one, or summed over broadcasts with mutual best as ours.

    pip install 'liveattr[linkage]'     # Splink 5
"""

from __future__ import annotations

import logging
import time
import warnings
from typing import Any

import duckdb
import numpy as np
import pandas as pd

WINDOW_S = 120
_TOGETHER = f"l.show = r.show AND r.at_s - l.at_s BETWEEN 0 AND {WINDOW_S}"
_DELAYS = (3, 6, 12, 30, 60)


def connection() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'; SET threads = 2")
    return con


def rules(clicks: pd.DataFrame, views: pd.DataFrame, *, ip: bool) -> dict[str, pd.DataFrame]:
    """Return for each simple rule its pairs: uid, visitor, score."""
    con = connection()
    con.register("clicks", clicks)
    con.register("views", views)
    place = "ip" if ip else "city"
    ever = f"""
        SELECT DISTINCT uid, visitor, 1.0 AS score
        FROM (SELECT DISTINCT uid, {place}, ua FROM clicks) AS c
        JOIN (SELECT DISTINCT visitor, {place}, ua FROM views) AS v USING ({place}, ua)"""
    near = f"""
        SELECT uid, visitor, count(DISTINCT broadcast)
               - min(epoch_ms(v.at) - epoch_ms(c.at)) / 6e6 AS score
        FROM clicks AS c JOIN views AS v
          ON c.product = v.product AND c.{place} = v.{place} AND c.ua = v.ua
         AND epoch_ms(v.at) - epoch_ms(c.at) BETWEEN 0 AND 60000
        GROUP BY ALL"""
    found = con.sql(near).df()
    return {
        f"{'IP' if ip else 'city'} + UA ever together": con.sql(ever).df(),
        "rule: product <= 60 s, place, UA": found,
        "same rule, mutual best": mutual_best(found),
    }


def mutual_best(pairs: pd.DataFrame) -> pd.DataFrame:
    """Keep pairs that are the best of both sides."""
    ranked = pairs.sort_values(["score", "uid", "visitor"], ascending=[False, True, True])
    return ranked[~ranked.duplicated("uid") & ~ranked.duplicated("visitor")]


def splink_pairs(
    clicks: pd.DataFrame, views: pd.DataFrame, tracked: pd.DataFrame, *, ip: bool, labels: bool
) -> tuple[dict[str, pd.DataFrame], dict[str, float]]:
    """Return pairs by event (best p) and summed, and how long it took (wall s, CPU s)."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    wall, cpu = time.perf_counter(), time.process_time()
    events = _score(_event_rows(clicks, views), tracked, ip=ip, labels=labels)
    best = events.groupby(["uid", "visitor"], as_index=False)["match_weight"].max()
    day = events.groupby(["uid", "visitor", "show"], as_index=False)["match_weight"].max()
    total = day.groupby(["uid", "visitor"], as_index=False)["match_weight"].sum()
    found = {
        "event pairs": best.rename(columns={"match_weight": "score"}),
        "summed, mutual best": mutual_best(total.rename(columns={"match_weight": "score"})),
    }
    spent = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    return found, spent


def _event_rows(clicks: pd.DataFrame, views: pd.DataFrame) -> list[pd.DataFrame]:
    start = clicks["at"].min().floor("D")
    out = []
    for frame, who in ((clicks, "uid"), (views, "visitor")):
        rows = frame.reindex(columns=["product", "ip", "ua", "city"])
        rows["who"] = frame[who]
        rows["at_s"] = (frame["at"] - start).dt.total_seconds()
        rows["slot"] = (rows["at_s"] // WINDOW_S).astype(int)
        rows["show"] = (rows["at_s"] // 86_400).astype(int)
        rows.insert(0, "unique_id", np.arange(len(rows)))
        out.append(rows)
    return out


def _settings(*, ip: bool) -> Any:
    import splink.comparison_library as cl
    from splink import SettingsCreator

    gap = "(at_s_r - at_s_l)"
    steps = [
        {"sql_condition": f"{gap} BETWEEN 0 AND {s}", "label_for_charts": f"<= {s} s"}
        for s in _DELAYS
    ]
    delay = {
        "output_column_name": "delay",
        "comparison_levels": [*steps, {"sql_condition": "ELSE", "label_for_charts": "later"}],
    }
    exact = ["ip"] if ip else []
    rest = [
        cl.ExactMatch(c).configure(term_frequency_adjustments=True) for c in [*exact, "ua", "city"]
    ]
    places = ["l.ip = r.ip"] if ip else ["l.city = r.city"]
    return SettingsCreator(
        link_type="link_only",
        comparisons=[delay, cl.ExactMatch("product"), *rest],
        blocking_rules_to_generate_predictions=[
            f"l.product = r.product AND {_TOGETHER}",
            *[f"{place} AND {_TOGETHER}" for place in places],
        ],
        retain_matching_columns=False,
        additional_columns_to_retain=["who", "show"],
    )


def _score(
    rows: list[pd.DataFrame], tracked: pd.DataFrame, *, ip: bool, labels: bool
) -> pd.DataFrame:
    from splink import DuckDBAPI, Linker, block_on

    con = connection()
    api = DuckDBAPI(connection=con)
    tables = [
        api.register(frame, dataset_display_name=name)
        for frame, name in zip(rows, ("a_click", "b_view"), strict=True)
    ]
    linker = Linker(tables, _settings(ip=ip))
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    if labels:
        known = api.register(_labels(con, rows, tracked), table_name="known")
        linker.training.estimate_m_from_pairwise_labels(known)
    else:
        # at_s in a rule would leave the delay untrained, so the window is a slot of two minutes here
        for pair in (("product", "ua"), ("city", "ua"), ("product", "city")):
            linker.training.estimate_parameters_using_expectation_maximisation(
                block_on("slot", *pair), fix_u_probabilities=True
            )
    found = linker.inference.predict().physical_name
    return con.sql(
        "SELECT who_l AS uid, who_r AS visitor, show_l AS show, match_weight, match_probability"
        f" FROM {found}"
    ).df()


def _labels(
    con: duckdb.DuckDBPyConnection, rows: list[pd.DataFrame], tracked: pd.DataFrame
) -> pd.DataFrame:
    """Coincidences of tracked pairs, the nearest click of each visit."""
    con.register("click_rows", rows[0])
    con.register("view_rows", rows[1])
    con.register("tracked_rows", tracked)
    return con.sql(
        f"""
        SELECT 'a_click' AS source_dataset_l, l.unique_id AS unique_id_l,
               'b_view' AS source_dataset_r, r.unique_id AS unique_id_r,
               1.0 AS clerical_match_score
        FROM tracked_rows AS t
        JOIN click_rows AS l ON l.who = t.uid
        JOIN view_rows AS r ON r.who = t.visitor AND {_TOGETHER}
        QUALIFY row_number() OVER (PARTITION BY r.unique_id ORDER BY l.at_s DESC) = 1"""
    ).df()
