"""Who is who: evidence between identifiers, people with consent, and a graph to look at them.

`resolve` reads the lake; `resolve_identities` takes a frame of edges. A person is never joined over an
account that somebody else has, over a café's address or over a scored coincidence.
"""

from __future__ import annotations

from liveattr.identity.candidates import score_candidates
from liveattr.identity.members import create_people
from liveattr.identity.requests import remerge, unmerge
from liveattr.identity.resolution import Resolution, resolve_identities
from liveattr.identity.stage import resolve

__all__ = [
    "Resolution",
    "create_people",
    "remerge",
    "resolve",
    "resolve_identities",
    "score_candidates",
    "unmerge",
]
