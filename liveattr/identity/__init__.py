"""Who is who: evidence between identifiers, people with consent, and a graph to look at them.

`resolve` reads the lake; `resolve_identities` takes a frame of edges. A person is never joined over an
account that somebody else has, over a café's address or over a scored coincidence.
"""

from __future__ import annotations

from liveattr.identity.candidates import score_candidates
from liveattr.identity.difference import Difference, diff
from liveattr.identity.graph import IdentityGraph
from liveattr.identity.members import create_people
from liveattr.identity.requests import remerge, unmerge
from liveattr.identity.resolution import Resolution, resolve_identities
from liveattr.identity.stage import resolve
from liveattr.identity.view import LakeGraph, open_graph

__all__ = [
    "Difference",
    "IdentityGraph",
    "LakeGraph",
    "Resolution",
    "create_people",
    "diff",
    "open_graph",
    "remerge",
    "resolve",
    "resolve_identities",
    "score_candidates",
    "unmerge",
]
