"""The rows of a frozen list, and what is said of it before anything is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from liveattr.audience.definition import Definition
from liveattr.audience.select import expected_rate
from liveattr.audience.soon import Soon
from liveattr.holdout import holdout_power
from liveattr.settings import Settings
from liveattr.tables import get_table

__all__ = ["Found", "list_rows", "notes_of"]

_LEVEL = 0.95


@dataclass(frozen=True)
class Found:
    """Whom a definition found, and whom it may not reach.

    Attributes
    ----------
    people
        `person_id, sku_id, score, why, kind, token`: passed gate G5, best first.
    features
        `audience_features`.
    send_at
        Earliest moment to send.
    n_found, n_excluded, n_capped, refused
        [people] Who met the definition, and who was left out by what.
    late
        Events of the window that came only after the moment of freezing.
    told
        The model of repurchase knows somebody.
    soon
        The model of who buys the product within 7 days; None: too few earlier broadcasts.
    """

    people: pd.DataFrame
    features: pd.DataFrame
    send_at: datetime
    n_found: int
    n_excluded: int
    n_capped: int
    refused: Mapping[str, int]
    late: int
    told: bool
    soon: Soon | None


def list_rows(
    found: Found, arms: pd.DataFrame, made: Definition, head: Mapping[str, Any], known: Settings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the row of `audience` and the rows of `audience_member`.

    Parameters
    ----------
    found
        Whom the definition found.
    arms
        `person_id, arm` of all of `found.people`.
    made
        The definition.
    head
        `audience_id, broadcast_id, campaign_id, channel, as_of, frozen_at`.
    known
        Cost of messages, share that is held out.
    """
    name = head["audience_id"]
    members = found.people.merge(arms[["person_id", "arm"]], on="person_id", sort=False)
    members = members.assign(
        audience_id=name, pos=np.arange(1, len(members) + 1), removed_at=None, removed_why=None
    )
    n = members["arm"].value_counts()
    contact, held = int(n.get("contact", 0)), int(n.get("holdout", 0))
    rate = expected_rate(found.features, members["person_id"], made.outcome_days)
    row = {
        **head,
        "definition": made.name,
        "version": made.version,
        "definition_sha256": made.sha256,
        "definition_text": made.text,
        "title_zh": made.title_zh,
        "title_en": made.title_en,
        "scope": name,
        "send_from_at": found.send_at,
        "expires_at": head["frozen_at"] + timedelta(days=made.expiry_days),
        "n_found": found.n_found,
        "n_excluded": found.n_excluded,
        "n_capped": found.n_capped,
        "n_refused": sum(found.refused.values()),
        "refused": json.dumps(dict(sorted(found.refused.items()))),
        "n_contact": contact,
        "n_holdout": held,
        "n_never": int(n.get("never", 0)),
        "holdout_share": known.recall_holdout_share,
        "expected_rate": rate,
        "mde": _smallest(contact, held, rate),
        "outcome_days": made.outcome_days,
        "message_cost_fen": known.message_cost_fen.get(head["channel"], 0),
        "coupon_cost_fen": made.coupon_fen,
        "never_raises_price": made.coupon_fen >= 0,
    }
    audience = pd.DataFrame([row], columns=list(get_table("audience").names))
    return audience, members[list(get_table("audience_member").names)]


def _smallest(contact: int, held: int, rate: float | None) -> float | None:
    """Return the smallest difference of the share of buyers that both arms find with 80 % power."""
    if rate is None or not contact or not held:
        return None
    n = contact + held
    return float(holdout_power(n, held / n, rate, level=_LEVEL)["mde"].iloc[0])


def notes_of(row: Mapping[Any, Any], found: Found) -> tuple[str, ...]:
    """Say of a list what must be known before it is sent."""
    out = [f"{n:,} {why}" for why, n in sorted(found.refused.items())]
    left = f"left out: {row['n_excluded']:,} excluded, {row['n_capped']:,} contacted lately"
    arms = f"{row['n_contact']:,} contact, {row['n_holdout']:,} holdout, {row['n_never']:,} never"
    notes = [
        f"{row['audience_id']}: {arms}",
        left + "".join(f", {part}" for part in out),
        _power(row),
        f"send from {row['send_from_at']:%Y-%m-%d %H:%M}, 09:00 to 21:00, not after "
        f"{row['expires_at']:%Y-%m-%d %H:%M}",
    ]
    if found.late:
        notes.append(f"{found.late:,} events of the window came later and are not used")
    if found.soon is not None:
        notes.append(
            f"ranked by the chance to buy the product within 7 days without a message, learnt from "
            f"{found.soon.buyers:,} buyers after {found.soon.broadcasts} earlier broadcasts"
        )
    elif not found.told:
        notes.append("the model of repurchase knows nobody: run `predict_people` for chances")
    return tuple(notes)


def _power(row: Mapping[Any, Any]) -> str:
    if row["mde"] is None or row["mde"] != row["mde"]:
        return "no effect of this list alone can be shown: too few people, or nobody ordered before"
    return (
        f"smallest effect that this list can show: {100 * row['mde']:.2f} points on "
        f"{100 * row['expected_rate']:.2f} % who order within {row['outcome_days']} days anyway"
    )
