"""The lake: Delta tables in a folder, read with DuckDB, written one whole commit at a time.

Everything that a stage keeps goes through here. A frame is checked against `liveattr.tables`
before it is written, a table changes in one atomic commit, and readers see one version.
"""

from __future__ import annotations

from liveattr.lake.lake import Lake, open_lake
from liveattr.lake.stage import Summary, code_version, run_stage

__all__ = ["Lake", "Summary", "code_version", "open_lake", "run_stage"]
