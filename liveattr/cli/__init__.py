"""The `liveattr` command: one idempotent command a job; exit 0 done, 1 a report failed, 2 wrong input."""

from __future__ import annotations

from liveattr.cli import (
    audience,
    bench,
    consent,
    demo,
    holdout,
    link,
    look,
    off_days,
    people,
    presets,
    quarantine,
    run,
    stocking,
    subject,
    trust,
)
from liveattr.cli.root import app, main

__all__ = ["app", "main"]

# The order here is the order of `liveattr --help`.
app.command()(look.version)
app.command()(demo.demo)
app.command("simulate")(demo.simulate_world)
app.command()(run.ingest)
app.command()(run.run)
app.command()(run.report)
app.command()(trust.trust)
app.command("plan-off-days")(off_days.plan)
app.command("measure-off-days")(off_days.measure)
app.command()(presets.template)
app.command()(look.tables)
app.command("datasets")(look.list_datasets)
app.command()(look.doctor)

for _name, _part in (
    ("presets", presets.app),
    ("quarantine", quarantine.app),
    ("identity", people.app),
    ("consent", consent.app),
    ("subject", subject.app),
    ("link", link.app),
    ("holdout", holdout.app),
    ("audience", audience.app),
    ("stocking", stocking.app),
    ("bench", bench.app),
):
    if _part.registered_commands:  # a part without a command is not shown
        app.add_typer(_part, name=_name)
