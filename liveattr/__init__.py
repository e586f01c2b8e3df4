"""liveattr: what a livestream truly earned, whom to call back and what to stock.

Everything below is loaded on first use, so `import liveattr as la` costs next to nothing.

Examples
--------
>>> import liveattr as la
>>> la.describe("order_line").columns.tolist()
['column', 'type', 'null', 'unit', 'meaning']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PUBLIC = {
    "open_lake": "liveattr.lake",
    "describe": "liveattr.tables",
    "ingest": "liveattr.sources",
    "presets": "liveattr.sources",
    "list_quarantine": "liveattr.sources",
    "show_quarantine": "liveattr.sources",
    "release": "liveattr.sources",
    "datasets": "liveattr.sources.datasets",
    "resolve": "liveattr.identity",
    "resolve_identities": "liveattr.identity",
    "identity": "liveattr.identity",
    "consent": "liveattr.consent",
    "subjects": "liveattr.subjects",
    "build_journeys": "liveattr.journeys",
    "line_ledger": "liveattr.ledger",
    "attribution": "liveattr.attribution",
    "attribute": "liveattr.attribution",
    "incrementality": "liveattr.incrementality",
    "measure_lift": "liveattr.incrementality",
    "broadcast_statement": "liveattr.profit",
    "settle": "liveattr.profit",
    "settle_lift": "liveattr.profit",
    "repurchase": "liveattr.repurchase",
    "landmarks": "liveattr.repurchase",
    "fit_repurchase": "liveattr.repurchase",
    "predict_repurchase": "liveattr.repurchase",
    "predict_people": "liveattr.repurchase",
    "audience": "liveattr.audience",
    "build_audience": "liveattr.audience",
    "address_list": "liveattr.audience",
    "measure_recall": "liveattr.audience",
    "diagnosis": "liveattr.diagnosis",
    "diagnose": "liveattr.diagnosis",
    "stocking": "liveattr.stocking",
    "forecast_demand": "liveattr.stocking",
    "plan_orders": "liveattr.stocking",
    "plan_stock": "liveattr.stocking",
    "make_report": "liveattr.report",
    "run": "liveattr.pipeline",
    "doctor": "liveattr.health",
    "demo_world": "liveattr.demo",
    "simulate": "liveattr.simulate",
    "truth_bench": "liveattr.bench",
}
_MODULES = {
    "attribution",
    "audience",
    "consent",
    "datasets",
    "diagnosis",
    "identity",
    "incrementality",
    "repurchase",
    "simulate",
    "stocking",
    "subjects",
}

__all__ = ["__version__", *_PUBLIC]

if TYPE_CHECKING:
    from liveattr import attribution as attribution
    from liveattr import audience as audience
    from liveattr import consent as consent
    from liveattr import diagnosis as diagnosis
    from liveattr import identity as identity
    from liveattr import incrementality as incrementality
    from liveattr import repurchase as repurchase
    from liveattr import simulate as simulate
    from liveattr import stocking as stocking
    from liveattr import subjects as subjects
    from liveattr.attribution import attribute as attribute
    from liveattr.audience import address_list as address_list
    from liveattr.audience import build_audience as build_audience
    from liveattr.audience import measure_recall as measure_recall
    from liveattr.bench import truth_bench as truth_bench
    from liveattr.demo import demo_world as demo_world
    from liveattr.diagnosis import diagnose as diagnose
    from liveattr.health import doctor as doctor
    from liveattr.identity import resolve as resolve
    from liveattr.identity import resolve_identities as resolve_identities
    from liveattr.incrementality import measure_lift as measure_lift
    from liveattr.journeys import build_journeys as build_journeys
    from liveattr.lake import open_lake as open_lake
    from liveattr.ledger import line_ledger as line_ledger
    from liveattr.pipeline import run as run
    from liveattr.profit import broadcast_statement as broadcast_statement
    from liveattr.profit import settle as settle
    from liveattr.profit import settle_lift as settle_lift
    from liveattr.report import make_report as make_report
    from liveattr.repurchase import fit_repurchase as fit_repurchase
    from liveattr.repurchase import landmarks as landmarks
    from liveattr.repurchase import predict_people as predict_people
    from liveattr.repurchase import predict_repurchase as predict_repurchase
    from liveattr.sources import datasets as datasets
    from liveattr.sources import ingest as ingest
    from liveattr.sources import list_quarantine as list_quarantine
    from liveattr.sources import presets as presets
    from liveattr.sources import release as release
    from liveattr.sources import show_quarantine as show_quarantine
    from liveattr.stocking import forecast_demand as forecast_demand
    from liveattr.stocking import plan_orders as plan_orders
    from liveattr.stocking import plan_stock as plan_stock
    from liveattr.tables import describe as describe


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'liveattr' has no attribute {name!r}")
    module = importlib.import_module(_PUBLIC[name])
    value = module if name in _MODULES else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
