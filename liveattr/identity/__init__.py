"""Who is who: identifiers that share exact strong evidence are one person.

`resolve` reads the lake; `resolve_people` takes a frame of edges. Only exact evidence counts here:
a login, a verified phone, a UnionID, a signed link followed by a login, a member card. Nothing is
guessed from names, devices, addresses or times.
"""

from __future__ import annotations

from liveattr.identity.people import create_person_member, resolve_people
from liveattr.identity.stage import resolve

__all__ = ["create_person_member", "resolve", "resolve_people"]
