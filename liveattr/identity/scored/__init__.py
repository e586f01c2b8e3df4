"""Scored coincidences (tier C): a viewer of a live room and a visitor of the mall who may be one.

Off unless consented and switched on. A link of this kind may weigh in sums, by its probability; it
never merges people and never addresses a message.
"""

from __future__ import annotations

from liveattr.identity.scored.coincidence import find_coincidences
from liveattr.identity.scored.link import ScoredLinks, score_links

__all__ = ["ScoredLinks", "find_coincidences", "score_links"]
