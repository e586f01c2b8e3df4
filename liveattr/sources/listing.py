"""The presets as frames: what can be read, and what fields a file has."""

from __future__ import annotations

import pandas as pd

from liveattr.formats import preset_file, preset_names, read_preset

__all__ = ["preset_text", "presets", "show_preset"]


def presets(lang: str = "en") -> pd.DataFrame:
    """List the presets.

    Returns
    -------
    pandas.DataFrame
        `preset, title, family, platform, files, tables, confirmed`; `confirmed` says what the format
        was checked against: none, docs, sdk or file (a real merchant's).
    """
    rows = []
    for name in preset_names():
        spec = read_preset(name)
        rows.append(
            (
                name,
                spec.title.get(lang, name),
                spec.family,
                spec.platform,
                " ".join(spec.files),
                " ".join(spec.tables),
                spec.confirmed,
            )
        )
    columns = ["preset", "title", "family", "platform", "files", "tables", "confirmed"]
    return pd.DataFrame(rows, columns=columns)


def show_preset(name: str) -> pd.DataFrame:
    """List the fields of a preset.

    Returns
    -------
    pandas.DataFrame
        `field, kind, required, also, zh, en`; fields of nested lists are `list.field`, personal data
        that is never read has the kind `drop`.
    """
    spec = read_preset(name)
    fields = {**spec.fields}
    for list_name, inner in spec.lists.items():
        fields |= {f"{list_name}.{n}": f for n, f in inner.items()}
    rows = [
        (n, f.kind + (f" ({f.of})" if f.of else ""), f.required, ", ".join(f.aliases), f.zh, f.en)
        for n, f in fields.items()
    ]
    return pd.DataFrame(rows, columns=["field", "kind", "required", "also", "zh", "en"])


def preset_text(name: str) -> str:
    """Return the YAML of a preset, to copy and change into one of your own."""
    return preset_file(name).read_text(encoding="utf-8")
