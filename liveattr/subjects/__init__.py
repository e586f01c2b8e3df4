"""What a person may ask of us: see what is held, have it corrected, have it erased.

Above the reports, since an erasure reaches into them; below the pipeline, which knows nothing of it.
"""

from __future__ import annotations

from liveattr.subjects.correct import correct
from liveattr.subjects.erase import forget, forget_many, pending
from liveattr.subjects.export import subject_export, subject_tables
from liveattr.subjects.find import find_identifiers, token_of
from liveattr.subjects.needles import Needles
from liveattr.subjects.scan import scan

__all__ = [
    "Needles",
    "correct",
    "find_identifiers",
    "forget",
    "forget_many",
    "pending",
    "scan",
    "subject_export",
    "subject_tables",
    "token_of",
]
