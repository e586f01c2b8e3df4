"""How strong hidden intent would have to be to overturn a result that comes from viewers."""

from __future__ import annotations

import math

from liveattr.errors import ParameterError

__all__ = ["tipping_factor"]


def tipping_factor(hazard_ratio: float, left: float = 0.0) -> float:
    """Return how strong hidden intent must be to leave only a part of an effect.

    Parameters
    ----------
    hazard_ratio
        How many times likelier a viewer bought than without having watched, as estimated.
    left
        Part of the effect that would be left, 0 to below 1; 1 / ROI asks when the ROI falls to 1.

    Returns
    -------
    float
        x: intent that makes both watching and buying x times likelier explains the rest. 1: nothing
        is needed (there is no effect, or `left` is 1 or more).

    Raises
    ------
    ParameterError
        If the ratio is not positive or `left` is negative.

    Notes
    -----
    Intent of strength x biases a ratio at most by B = x² / (2x - 1) (Ding and VanderWeele 2016). The
    orders that are due to watching are the part 1 - 1 / HR of viewers' orders; they shrink to `left` of
    that if HR falls to 1 / (1 - left (1 - 1 / HR)). With B the quotient of the two ratios,
    x = B + sqrt(B (B - 1)), the E-value for `left` = 0 (VanderWeele and Ding 2017). Assumes that intent acts
    on both alike; one that acts more on the one needs to act less on the other.

    Examples
    --------
    >>> round(tipping_factor(2.0), 2)
    3.41
    >>> round(tipping_factor(2.0, left=1 / 1.3), 2)
    1.76
    >>> tipping_factor(2.0, left=1.0)
    1.0
    """
    if hazard_ratio <= 0 or left < 0:
        raise ParameterError(
            f"hazard_ratio = {hazard_ratio}, left = {left}: one is positive, the other not negative"
        )
    if hazard_ratio <= 1 or left >= 1:
        return 1.0
    target = 1 / (1 - left * (1 - 1 / hazard_ratio))
    bound = hazard_ratio / target
    return bound + math.sqrt(bound * (bound - 1))
