"""The tables beside a report as CSV: money in fen, ids as text, the same bytes from the same data.

UTF-8 with a byte order mark, so that Excel shows Chinese. A free text that a spreadsheet would
take for a formula gets an apostrophe in front.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liveattr.consent.suppress import SMALLEST, suppress_small
from liveattr.report.page_head import started_on, title_of
from liveattr.report.sections_truth import truth_summary
from liveattr.report.verdict import refunds_known
from liveattr.report.words import LANGS

if TYPE_CHECKING:
    import pandas as pd

    from liveattr.report.facts import CampaignFacts

__all__ = ["FACTS_FILE", "csv_bytes", "hand_back", "report_tables", "save_tables", "summary"]

FACTS_FILE = "facts.json"
"""What a run hands back beside its tables: versions, hashes, the figures of the index."""

_OF_PRODUCTS = ("name", "spec", "category")
"""Not in lines.csv, which may have many rows: products.csv has them."""

_FREE_TEXT = (
    "category", "definition", "definition_text", "from_channel", "name", "note", "path", "reason",
    "spec", "title", "title_en", "title_zh", "to_channel", "version",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_RATIOS = ("true_roi", "surface_roi", "refund_maturity")
_AMOUNTS = ("gmv_paid", "gmv_paid_surface", "revenue", "contribution")


def report_tables(facts: CampaignFacts) -> dict[str, pd.DataFrame]:
    """Return the tables of a report: file name without `.csv` → frame.

    The report's figures are these tables' and nothing else's: equal tables, equal report.
    """
    return {
        "campaign": facts.campaign,
        "broadcasts": facts.broadcasts,
        "statement": facts.statement,
        "rules": facts.rules,
        "evidence": facts.evidence,
        "products": facts.products,
        "categories": facts.categories,
        "daily": facts.daily,
        "identity": _no_small(facts.identity),
        "lines": facts.lines.drop(columns=[*_OF_PRODUCTS, "share_low"]),
        **_path_tables(facts),
        **_lift_tables(facts),
        **_truth_tables(facts),
    }


def _no_small(identity: pd.DataFrame) -> pd.DataFrame:
    """Blank small numbers of people (gate G6), and the ones that would give them away."""
    measure = identity["measure"].astype(str)
    group = measure.str.extract(r"^(linked_)", expand=False).fillna(measure)  # these have a total
    people = group != "false_match_bound_ppm"
    shown = suppress_small(
        identity[people].assign(group=group[people]), "n", within=["group"], hide=["n"]
    )
    return identity.assign(
        n=shown["n"].reindex(identity.index).fillna(identity["n"].where(~people))
    )


def _path_tables(facts: CampaignFacts) -> dict[str, pd.DataFrame]:
    """Return paths, steps, delays and the ad platform's count; small numbers blank (gate G6).

    A lake in which no path was counted has no such file.
    """
    found = {
        "paths": _at_least(facts.paths, "people"),
        "path_steps": _at_least(facts.steps, "n_orders"),
        "order_delays": facts.delays,
        "ad_credit": facts.ads,
    }
    return {name: frame for name, frame in found.items() if len(frame)}


def _at_least(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    return frame.assign(**{column: frame[column].where(frame[column] >= SMALLEST)})


def _lift_tables(facts: CampaignFacts) -> dict[str, pd.DataFrame]:
    """Return what is known of the lift, its orders and its tests; no file where it was not run."""
    lift = facts.lift
    found = {
        "lift": lift.lifts,
        "lift_statement": lift.statement,
        "lift_days": lift.days,
        "lift_orders": lift.orders,
        "trust": lift.trust,
    }
    return {name: frame for name, frame in found.items() if len(frame)}


def lift_summary(facts: CampaignFacts) -> dict[str, Any] | None:
    """Return what the index shows of the lift; None where none was looked for."""
    lift = facts.lift
    if not lift.known:
        return None
    ends = lift.ends("true_roi") or (None, None)
    return {
        "state": lift.state,
        "grade": lift.grade,
        "level": lift.level,
        "complete": lift.given(),
        "contribution_fen": lift.fen("contribution"),
        "true_roi_ppm": lift.ppm(),
        "low_ppm": ends[0],
        "high_ppm": ends[1],
    }


def _truth_tables(facts: CampaignFacts) -> dict[str, pd.DataFrame]:
    """Return what is known of a simulated world only; a real shop has no such file."""
    found = {"known_truth": facts.truth, "known_truth_broadcasts": facts.truth_broadcasts}
    return {name: frame for name, frame in found.items() if len(frame)}


def csv_bytes(frame: pd.DataFrame) -> bytes:
    r"""Write a frame as CSV.

    Examples
    --------
    >>> import pandas as pd
    >>> csv_bytes(pd.DataFrame({"name": ["=1+1", "面膜"], "paid_fen": [5, 7]})).decode("utf-8-sig")
    '"name","paid_fen"\n"\'=1+1",5\n"面膜",7\n'
    """
    import pyarrow as pa
    from pyarrow import csv

    table = pa.Table.from_pandas(_defused(frame), preserve_index=False)
    out = io.BytesIO(b"")
    csv.write_csv(table, out)
    return b"\xef\xbb\xbf" + out.getvalue()


def _defused(frame: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before free text that a spreadsheet would run as a formula."""
    risky = [name for name in _FREE_TEXT if name in frame.columns]
    changed = {
        name: frame[name].mask(
            frame[name].astype("string").str.startswith(_FORMULA).fillna(False),
            "'" + frame[name].astype("string"),
        )
        for name in risky
    }
    return frame.assign(**changed) if changed else frame


def summary(facts: CampaignFacts) -> dict[str, Any]:
    """Return the figures that the index shows: money in fen, ratios in ppm, null not given."""
    start = started_on(facts)
    back = -facts.total("refund_before_shipping", "refund_after_shipping")
    return {
        "title": facts.title,
        "kind": facts.kind,
        "currency": facts.currency,
        "start_on": None if start is None else start.isoformat(),
        "refund_fen": back if refunds_known(facts) else None,
        "orders": int(facts.row("orders")["n_rows"]),
        "complete": facts.given("true_roi"),
        "has_broadcast": not facts.broadcasts.empty,
        "truth": truth_summary(facts),
        **({"lift": lift_summary(facts)} if facts.lift.known else {}),
        **{f"{line}_fen": facts.fen(line) for line in _AMOUNTS},
        **{f"{line}_ppm": facts.ppm(line) for line in _RATIOS},
    }


def save_tables(facts: CampaignFacts, folder: str | Path) -> list[str]:
    """Write the CSV tables into `folder/tables/` and what the runner needs into `facts.json`.

    Parameters
    ----------
    facts
        What was read.
    folder
        An existing folder; empty text writes nothing (a notebook run by hand).

    Returns
    -------
    list of str
        The files, relative to the folder.
    """
    headings = {lang: title_of(facts, lang) for lang in LANGS}
    return hand_back(folder, facts.versions, report_tables(facts), summary(facts), headings)


def hand_back(
    folder: str | Path,
    versions: Mapping[str, int],
    frames: Mapping[str, pd.DataFrame],
    figures: Mapping[str, Any],
    headings: Mapping[str, str],
    files: Sequence[str] = (),
) -> list[str]:
    """Write tables of any kind of report, and what the runner needs; empty `folder`: nothing.

    Parameters
    ----------
    folder
        An existing folder.
    versions
        Table → version that was read.
    frames
        File name without `.csv` → frame.
    figures
        What the index shows.
    headings
        Language → title of the page, plain text.
    files
        Other files that lie in the folder already, and belong to the report.

    Returns
    -------
    list of str
        The files, relative to the folder.
    """
    if not str(folder):
        return []
    root = Path(folder)
    (root / "tables").mkdir(exist_ok=True)
    written = {f"{name}.csv": csv_bytes(frame) for name, frame in frames.items()}
    for name, data in written.items():
        (root / "tables" / name).write_bytes(data)
    said: dict[str, Any] = {
        "versions": dict(versions),
        "summary": figures,
        "headings": headings,
        "tables": {
            name: {
                "rows": len(frames[name.removesuffix(".csv")]),
                "sha256": sha256(written[name]).hexdigest(),
            }
            for name in sorted(written)
        },
    }
    if files:
        said["files"] = {name: _sha256(root / name) for name in sorted(files)}
    text = json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True)
    (root / FACTS_FILE).write_text(text + "\n", encoding="utf-8")
    return [*(f"tables/{name}" for name in written), *files]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
