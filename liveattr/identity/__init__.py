"""Who is who: evidence between identifiers, people with consent, and a graph to look at them.

`resolve` reads the lake; `resolve_identities` takes a frame of edges. A person is never joined over an
account that somebody else has, over a café's address or over a scored coincidence. Everything is
loaded on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "Difference": "difference",
    "IdentityGraph": "graph",
    "LakeGraph": "view",
    "Resolution": "resolution",
    "create_people": "members",
    "diff": "difference",
    "evaluate": "evaluation",
    "link_records": "records",
    "match_rates": "evaluation",
    "open_graph": "view",
    "remerge": "requests",
    "replay_members": "replay",
    "resolve": "stage",
    "resolve_identities": "resolution",
    "score_candidates": "candidates",
    "score_links": "scored",
    "unmerge": "requests",
}

__all__ = [*_PUBLIC]

if TYPE_CHECKING:
    from liveattr.identity.candidates import score_candidates as score_candidates
    from liveattr.identity.difference import Difference as Difference
    from liveattr.identity.difference import diff as diff
    from liveattr.identity.evaluation import evaluate as evaluate
    from liveattr.identity.evaluation import match_rates as match_rates
    from liveattr.identity.graph import IdentityGraph as IdentityGraph
    from liveattr.identity.members import create_people as create_people
    from liveattr.identity.records import link_records as link_records
    from liveattr.identity.replay import replay_members as replay_members
    from liveattr.identity.requests import remerge as remerge
    from liveattr.identity.requests import unmerge as unmerge
    from liveattr.identity.resolution import Resolution as Resolution
    from liveattr.identity.resolution import resolve_identities as resolve_identities
    from liveattr.identity.scored import score_links as score_links
    from liveattr.identity.stage import resolve as resolve
    from liveattr.identity.view import LakeGraph as LakeGraph
    from liveattr.identity.view import open_graph as open_graph


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'liveattr.identity' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"liveattr.identity.{_PUBLIC[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
