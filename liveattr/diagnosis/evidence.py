"""What speaks for a cause, as codes and numbers."""

from __future__ import annotations

import json

import pandas as pd

__all__ = ["EVIDENCE", "evidence_of"]

EVIDENCE = {
    "price_gap": "price in the mall / price in the room",
    "view_to_cart": "carts per visitor / that of its peers",
    "cart_to_order": "buyers per cart / that of its peers",
    "bounce": "share of visitors who see this page and nothing else / that of its peers",
    "refund_rate": "refunds per paid order of the mall / that of its peers",
    "late_share": "share of paid orders shipped late or complained about",
    "days_to_ship": "mean days from payment to parcel",
    "out_share": "share of the window in which it was out of stock",
    "heat": "clicks in the room / those of its peers, shrunk",
    "conversion": "buyers / those expected of its peers and its own past, shrunk",
}
"""Code of evidence → its number."""

_SHOWN = {
    "price": ("price_gap", "conversion", "view_to_cart", "bounce", "heat"),
    "page": ("conversion", "bounce", "view_to_cart", "cart_to_order", "heat"),
    "logistics": ("refund_rate", "late_share", "days_to_ship", "heat"),
    "stock": ("out_share", "conversion", "view_to_cart", "bounce", "heat"),
    "none": ("conversion", "heat"),
    "not enough data": (),
}
"""Cause → its evidence, strongest first."""


def evidence_of(found: pd.DataFrame, ratios: pd.DataFrame) -> list[str]:
    """Return the evidence of each row as JSON: a list of [code, number]; what is not known is left out.

    Parameters
    ----------
    found
        `cause, heat, price_ratio, out_share` by row.
    ratios
        The other codes as columns, aligned.
    """
    table = ratios.assign(
        heat=found["heat"].to_numpy(),
        price_gap=found["price_ratio"].to_numpy(),
        out_share=found["out_share"].to_numpy(),
    )
    records = table[list(EVIDENCE)].round(3).to_dict("records")
    return [
        json.dumps([[code, row[code]] for code in _SHOWN[cause] if row[code] == row[code]])
        for row, cause in zip(records, found["cause"], strict=True)
    ]
