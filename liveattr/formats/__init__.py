"""One YAML spec per platform file: it says how that file is read, and later how it is written."""

from liveattr.formats.spec import Field, Spec, TableMap, preset_file, preset_names, read_preset

__all__ = ["Field", "Spec", "TableMap", "preset_file", "preset_names", "read_preset"]
