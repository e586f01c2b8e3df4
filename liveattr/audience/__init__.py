"""Whom to call back: lists of people with consent, hold-outs, and what the lists brought.

`build_audience` freezes a list, `refresh_audiences` takes people off it, `address_list` makes it sendable
from the merchant's own contacts, `measure_recall` tells what it brought.
"""

from __future__ import annotations

from liveattr.audience.address import address_list
from liveattr.audience.build import build_audience
from liveattr.audience.definition import Definition, load_definition, shipped_definitions
from liveattr.audience.list_uplift import list_uplift
from liveattr.audience.recall import measure_recall
from liveattr.audience.refresh import refresh_audiences
from liveattr.audience.uplift import fit_uplift

__all__ = [
    "Definition",
    "address_list",
    "build_audience",
    "fit_uplift",
    "list_uplift",
    "load_definition",
    "measure_recall",
    "refresh_audiences",
    "shipped_definitions",
]
