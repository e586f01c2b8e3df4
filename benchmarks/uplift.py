"""Uplift on the Hillstrom e-mail experiment: does the T-learner beat random and P(buy), and does it keep quiet?

    LIVEATTR_DATA=... python benchmarks/uplift.py --shuffles 200

Reads hillstrom_half_a.parquet (32,000 people, three random arms). Prints the Qini of 20 half splits for each e-mail
and outcome, with the permutation band; then shuffles the arms of a sample many times and counts how often an effect
is reported where there is none. With scikit-learn installed its T-learner is laid beside ours on the same halves (100
of them, women's e-mail, visits): the published 7.47 is of all 64,000 people, and only half of them are here.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

from liveattr.audience.logit import chance, fit_logit
from liveattr.audience.qini import qini
from liveattr.audience.uplift import fit_uplift

MAILS = ("Womens E-Mail", "Mens E-Mail")
NOBODY = "No E-Mail"


def read_hillstrom() -> pd.DataFrame:
    """Read the experiment; `LIVEATTR_DATA` names its folder."""
    folder = os.environ.get("LIVEATTR_DATA")
    if not folder:
        raise SystemExit("LIVEATTR_DATA must name the folder of hillstrom_half_a.parquet")
    frame = pd.read_parquet(Path(folder) / "hillstrom_half_a.parquet")
    return frame.assign(person_id=[f"p_{n:06d}" for n in range(len(frame))])


def features_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return what was known before the e-mail, as numbers."""
    words = pd.get_dummies(frame[["zip_code", "channel"]], drop_first=True, dtype=float)
    numbers = frame[["recency", "mens", "womens", "newbie"]].astype(float)
    return pd.concat(
        [frame["person_id"], numbers, np.log(frame["history"]).rename("log_history"), words], axis=1
    )


def parts(frame: pd.DataFrame, mail: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return features and arms of one e-mail against none."""
    rows = frame[frame["segment"].isin([mail, NOBODY])].reset_index(drop=True)
    arm = np.where(rows["segment"] == mail, "contact", "holdout")
    return features_of(rows), rows[["person_id", "visit", "conversion"]].assign(arm=arm)


def silence(frame: pd.DataFrame, shuffles: int, people: int) -> tuple[int, int]:
    """Return how often an effect is reported under shuffled arms, of how many times."""
    features, rows = parts(frame, MAILS[0])
    reported = 0
    for number in range(shuffles):
        rng = np.random.default_rng([31, number])
        pick = np.sort(rng.choice(len(rows), people, replace=False))
        own = rows.iloc[pick]
        arms = own[["person_id"]].assign(arm=rng.permutation(own["arm"].to_numpy()))
        found = fit_uplift(
            features.iloc[pick], arms, own, outcome="visit", splits=10, permutations=39, seed=number
        )
        reported += found.usable
    return reported, shuffles


def beside_sklearn(frame: pd.DataFrame, halves: int = 100) -> tuple[float, float]:
    """Return the mean Qini of our T-learner and of scikit-learn's, learnt and measured on the same halves."""
    from sklearn.linear_model import LogisticRegression

    features, rows = parts(frame, MAILS[0])
    x = features.drop(columns="person_id").to_numpy(float)
    x, y = (x - x.mean(0)) / x.std(0), rows["visit"].to_numpy(float)
    treated, rng = rows["arm"].to_numpy() == "contact", np.random.default_rng(7)
    found = np.zeros((2, halves))
    for number in range(halves):
        learnt = np.zeros(len(y), bool)
        learnt[rng.permutation(len(y))[: len(y) // 2]] = True
        told = np.zeros((2, int((~learnt).sum())))
        for sign, arm in ((1, treated), (-1, ~treated)):
            own = learnt & arm
            peer = LogisticRegression(max_iter=500).fit(x[own], y[own])
            told[0] += sign * chance(x[~learnt], fit_logit(x[own], y[own]))
            told[1] += sign * peer.predict_proba(x[~learnt])[:, 1]
        found[:, number] = [qini(one, treated[~learnt], y[~learnt]) for one in told]
    return float(found[0].mean()), float(found[1].mean())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shuffles", type=int, default=200)
    parser.add_argument("--people", type=int, default=3000)
    parser.add_argument("--permutations", type=int, default=199)
    chosen, begun, frame = parser.parse_args(), time.process_time(), read_hillstrom()
    print("Qini, 20 splits: mean (sd); band: middle 95 % of permuted arms")
    for mail in MAILS:
        features, rows = parts(frame, mail)
        for outcome in ("visit", "conversion"):
            found = fit_uplift(
                features, rows[["person_id", "arm"]], rows, outcome=outcome,
                permutations=chosen.permutations,
            )  # fmt: skip
            print(
                f"{mail:14} {outcome:11} T-learner {found.qini:6.2f} ({found.qini_sd:.2f})  "
                f"random {found.random:6.2f}  P(buy) {found.response:6.2f}  "
                f"band {found.band_low:6.2f} to {found.band_high:5.2f}  p {found.p_value:.3f}  "
                f"{'used' if found.usable else 'not used: ' + str(found.reason)}",
                flush=True,
            )
    try:
        print(
            "women's visits, 100 halves: ours {:.2f}, scikit-learn {:.2f}".format(
                *beside_sklearn(frame)
            )
        )
    except ImportError:
        print("scikit-learn is not installed: its T-learner is left out")
    reported, times = silence(frame, chosen.shuffles, chosen.people)
    print(f"shuffled arms: an effect reported {reported} of {times} times")
    print(f"{time.process_time() - begun:.0f} CPU s")


if __name__ == "__main__":
    main()
