"""Raw files in, canonical tables and quarantine out.

`ingest` reads files with presets, `presets` lists them, `datasets` brings public data, and
`quarantine` shows what is held back and lets it in again.
"""

from liveattr.formats import read_preset
from liveattr.sources.listing import preset_text, presets, show_preset
from liveattr.sources.quarantine import list_quarantine, release, show_quarantine
from liveattr.sources.stage import ingest

__all__ = [
    "ingest",
    "list_quarantine",
    "preset_text",
    "presets",
    "read_preset",
    "release",
    "show_preset",
    "show_quarantine",
]
