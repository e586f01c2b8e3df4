"""Closed forms of stockpyl; its source has escapes that Python warns of when it compiles them."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from stockpyl.newsvendor import (
        newsvendor_normal,
        newsvendor_normal_cost,
        newsvendor_poisson,
        newsvendor_poisson_cost,
    )

__all__ = [
    "newsvendor_normal",
    "newsvendor_normal_cost",
    "newsvendor_poisson",
    "newsvendor_poisson_cost",
]
