"""One small tree of errors; each message names the place and the way out.

Catch `LiveattrError` to catch everything that this package raises on purpose.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "BatchError",
    "ConfigError",
    "ConsentError",
    "FormatError",
    "IngestError",
    "LakeError",
    "LiveattrError",
    "LockedError",
    "MissingDataError",
    "ParameterError",
    "ReportError",
    "TableError",
    "TokenKeyError",
    "did_you_mean",
]


LISTED = 12
"""So many choices fit into two lines of a message."""


class LiveattrError(Exception):
    """Base of all errors of this package."""


class ConfigError(LiveattrError):
    """A setting or an environment variable is missing or wrong."""


class TokenKeyError(ConfigError):
    """The key that turns personal data into tokens is missing, weak or the wrong one."""


class FormatError(LiveattrError):
    """A preset (one YAML file of `liveattr/formats`) is unknown or contradicts itself."""


class IngestError(LiveattrError):
    """A file cannot be read, or a batch has too many bad rows."""


class BatchError(IngestError):
    """Some files were refused as a whole for their bad rows; every other file is loaded."""


class TableError(LiveattrError):
    """A frame does not fit its declared table; the message names the column."""


class LakeError(LiveattrError):
    """A table or a version is not in the lake."""


class LockedError(LakeError):
    """Another process holds the lock and did not give it back in time."""


class MissingDataError(LiveattrError):
    """The data that this question needs is not there; the message says what to load."""


class ConsentError(LiveattrError):
    """The use has no basis: no assessment, no consent, or rows that passed no gate or another one."""


class ParameterError(LiveattrError, ValueError):
    """A parameter has an unknown name or a value that it cannot have."""


class ReportError(LiveattrError):
    """A report could not be made; what went wrong is kept in `reports/_failed/`."""


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return a half sentence with the nearest choice, or the list of choices.

    Examples
    --------
    >>> did_you_mean("order_lines", ["order_line", "touch"])
    "did you mean 'order_line'?"
    >>> did_you_mean("xyz", ["a", "b"])
    'known are: a, b'
    """
    known = sorted(choices)
    near = difflib.get_close_matches(word, known, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    rest = f" and {len(known) - LISTED} more" if len(known) > LISTED else ""
    return "known are: " + ", ".join(known[:LISTED]) + rest
