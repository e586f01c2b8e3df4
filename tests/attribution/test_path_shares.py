"""Credit path by path adds up to the credit of channels, whatever the model."""

import numpy as np
import pandas as pd
import pytest

from liveattr.attribution import markov, path_shares, rules, shapley
from liveattr.errors import ParameterError
from tests.attribution.known import D2

ADDED_UP = {
    "linear": rules(D2, "linear"),
    "markov": markov(D2, allocation="local"),
    "markov_2": markov(D2, 2, allocation="local"),
    "shapley": shapley(D2),
}


@pytest.mark.parametrize("model", ADDED_UP)
def test_paths_add_up_to_channels(model: str) -> None:
    found = path_shares(D2, model)
    assert np.allclose([sum(parts) for parts in found.shares], 1)
    long = found.explode(["path", "shares"])
    for measure in ("conversions", "value"):
        sums = (long.shares.astype(float) * long[measure]).groupby(long.path).sum()
        assert sums.to_dict() == pytest.approx(ADDED_UP[model][measure].to_dict(), rel=1e-12)


def test_nothing_and_what_is_not_there() -> None:
    assert path_shares(D2.head(0), "markov").empty
    assert list(path_shares(D2, "last").columns) == [*D2.columns, "shares"]
    with pytest.raises(ParameterError, match="did you mean 'markov'"):
        path_shares(pd.DataFrame(D2), "markow")
