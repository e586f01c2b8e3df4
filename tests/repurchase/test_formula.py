import json

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.errors import ParameterError, TableError
from liveattr.repurchase.aft import fit_aft
from liveattr.repurchase.cox import fit_cox
from liveattr.repurchase.formula import from_json, to_json, to_sql
from tests.repurchase.survival_rows import NAMES, drawn

FAMILIES = ("weibull", "loglogistic", "cox")


@pytest.fixture(scope="module")
def frame():
    return drawn("weibull", 600, day=True)


@pytest.fixture(scope="module")
def models(frame):
    fitted = {family: fit_aft(frame, NAMES, family) for family in FAMILIES[:2]}
    return fitted | {"cox": fit_cox(frame, NAMES)}


def in_duckdb(fitted, frame, horizons):
    rows = frame[list(NAMES)].assign(at=np.arange(len(frame)))
    with duckdb.connect() as con:
        con.register("rows", rows)
        columns = ", ".join(to_sql(fitted, horizons))
        found = con.sql(f'SELECT "at", {columns} FROM rows ORDER BY "at"').df()
    return found.drop(columns="at").to_numpy()


@pytest.mark.parametrize("family", FAMILIES)
def test_sql_says_what_numpy_says(frame, models, family):
    horizons = (0.5, 7, 30, 60, 90, 1000)
    told = in_duckdb(models[family], frame, horizons)
    np.testing.assert_allclose(told, models[family].chance(frame, horizons), atol=1e-9, rtol=0)


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from(FAMILIES),
    st.lists(st.floats(-1e5, 1e5), min_size=3, max_size=3),
    st.integers(1, 3000),
)
def test_sql_says_it_for_wild_rows_too(frame, models, family, x, days):
    wild = frame.head(1).assign(**dict(zip(NAMES, x, strict=True)))
    told = in_duckdb(models[family], wild, [days])
    np.testing.assert_allclose(told, models[family].chance(wild, [days]), atol=1e-9, rtol=0)


@pytest.mark.parametrize("family", FAMILIES)
def test_json_loses_nothing(frame, models, family):
    text = to_json(models[family])
    again = from_json(text)
    assert to_json(again) == text
    np.testing.assert_array_equal(again.chance(frame), models[family].chance(frame))
    np.testing.assert_array_equal(again.effects(frame), models[family].effects(frame))


def test_json_that_is_no_model_is_refused(models):
    numbers = json.loads(to_json(models["weibull"]))
    for wrong in ("{", "[]", json.dumps(numbers | {"format": 99})):
        with pytest.raises(TableError, match="no model"):
            from_json(wrong)
    with pytest.raises(TableError, match="known"):
        from_json(json.dumps(numbers | {"family": "x"}))
    with pytest.raises(TableError, match="lengths"):
        from_json(json.dumps(numbers | {"coef": [1]}))
    del numbers["shape"]
    with pytest.raises(TableError, match="shape"):
        from_json(json.dumps(numbers))


def test_a_name_that_would_break_out_of_sql_is_refused(models):
    from dataclasses import replace

    with pytest.raises(ParameterError, match="double quote"):
        to_sql(replace(models["weibull"], names=('a"', "b", "c")))
