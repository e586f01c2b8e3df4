"""What came before an order: touches, and journeys of touches in long form.

`build_journeys` reads and writes a lake. The steps are plain functions over a DuckDB connection
that has the canonical tables as relations, in this order: `create_member_code`,
`create_test_person`, `create_order_code`, `create_place`, `code_events`, `create_touch`,
`create_fuzzy_link` (where guesses count), `create_journey`, `create_dimension`.
"""

from __future__ import annotations

from liveattr.journeys.dimensions import (
    create_dimension,
    create_member_code,
    create_order_code,
    create_test_person,
)
from liveattr.journeys.links import create_fuzzy_link
from liveattr.journeys.paths import create_journey
from liveattr.journeys.places import create_place
from liveattr.journeys.sessions import code_events, create_touch
from liveattr.journeys.stage import build_journeys

__all__ = [
    "build_journeys",
    "code_events",
    "create_dimension",
    "create_fuzzy_link",
    "create_journey",
    "create_member_code",
    "create_order_code",
    "create_place",
    "create_test_person",
    "create_touch",
]
