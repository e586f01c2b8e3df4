"""How small an effect a hold-out of a given size finds: to be read before anybody is contacted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from liveattr.errors import ParameterError

__all__ = ["holdout_power"]


def holdout_power(
    n: int | Sequence[int],
    share: float | Sequence[float] = 0.1,
    rate: float | Sequence[float] = 0.05,
    *,
    sd: float | None = None,
    level: float = 0.9,
    power: float = 0.8,
) -> pd.DataFrame:
    """Return the smallest difference that is found with some power.

    Parameters
    ----------
    n
        [people] Of both groups together; one number or several.
    share
        Share of them that is held out.
    rate
        What is expected without contact: the share of people who order, or, where `sd` is given, the
        mean of an amount per person.
    sd
        Standard deviation of the amount between people; None: `rate` is a share.
    level
        Of the two-sided interval.
    power
        Chance that the interval excludes 0.

    Returns
    -------
    pandas.DataFrame
        One row a combination: `n, share, rate, contact, holdout` [people], `mde` (difference of rates
        or of means), `mde_relative` (of `rate`), `mde_total` (over all contacted people), `level, power`.

    Raises
    ------
    ParameterError
        If a value is none that can be used.

    Notes
    -----
    mde = (z(level) + z(power)) × sd × √(1/contact + 1/holdout), sd² = rate (1 - rate) for a share. Too
    small where fewer than about ten of the held-out people order.

    Examples
    --------
    >>> holdout_power([2_000, 200_000], rate=0.111)["mde"].round(4).tolist()
    [0.0582, 0.0058]
    """
    from scipy.stats import norm

    if not 0 < level < 1 or not 0 < power < 1:
        raise ParameterError("level and power lie between 0 and 1")
    grid = product(*(np.atleast_1d(values).tolist() for values in (n, share, rate)))
    found = pd.DataFrame(list(grid), columns=["n", "share", "rate"])
    held = (found["n"] * found["share"]).round().astype("int64")
    contact = found["n"] - held
    if (held < 1).any() or (contact < 1).any():
        raise ParameterError("both groups need people: n × share and n × (1 - share) at least 1")
    if sd is None and not found["rate"].between(0, 1, inclusive="neither").all():
        raise ParameterError("a rate lies between 0 and 1; for an amount give its sd")
    spread = np.sqrt(found["rate"] * (1 - found["rate"])) if sd is None else sd
    z = norm.ppf((1 + level) / 2) + norm.ppf(power)
    mde = z * spread * np.sqrt(1 / contact + 1 / held)
    return found.assign(
        contact=contact,
        holdout=held,
        mde=mde,
        mde_relative=mde / found["rate"].where(found["rate"] != 0),
        mde_total=mde * contact,
        level=level,
        power=power,
    )
