"""`liveattr consent`: take back, agree, look up, check the ledger, read the audit log."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liveattr.cli.options import LAKE, LakeOption, WaitOption, existing_lake
from liveattr.cli.person import IdOption, KindOption, PhoneOption, who
from liveattr.cli.telling import tell_stage
from liveattr.console import note, say, show
from liveattr.errors import ConsentError, ParameterError

if TYPE_CHECKING:
    from liveattr.lake import Lake

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Who agreed to what, and who took it back.")

AtOption = Annotated[
    str | None, typer.Option("--at", help="When, 2026-01-22T20:15:00+08:00; default: now.")
]
ChannelOption = Annotated[str | None, typer.Option(help="Where it was said.")]
ProofOption = Annotated[str | None, typer.Option(help="Where the proof is; no personal text.")]
OperatorOption = Annotated[str | None, typer.Option(help="Who writes it; default: this user.")]

_NEXT = "the next `liveattr run` leaves this person out / 下次运行即排除此人"


@app.command()
def withdraw(
    phone: PhoneOption = None,
    kind: KindOption = None,
    identifier: IdOption = None,
    purpose: Annotated[str, typer.Option(help="One purpose, or all.")] = "all",
    action: Annotated[
        str, typer.Option(help="withdrawn, objected, expired, or minor (a child).")
    ] = "withdrawn",
    file: Annotated[
        Path | None, typer.Option(help="Many at once: a sheet of the template consents.")
    ] = None,
    moment: AtOption = None,
    channel: ChannelOption = None,
    proof: ProofOption = None,
    operator: OperatorOption = None,
    lake: LakeOption = LAKE,
    wait: WaitOption = 0.0,
) -> None:
    """Take a consent back: of one person, or of all in a file. The next run leaves them out."""
    from liveattr import consent

    opened = existing_lake(lake)
    if file is not None:
        if phone or kind or identifier:
            raise ParameterError("give --file, or one person; not both")
        _read_file(opened, file, wait)
        return
    what, token, _ = who(opened, phone, kind, identifier)
    seq = consent.withdraw(
        opened,
        what,
        token,
        purpose,
        at=_moment(moment),
        action=action,
        channel=channel,
        operator=operator,
        proof=proof,
    )
    say(f"entry {seq} of the ledger: {action} for {purpose}, by a {what}")
    if not _is_known(opened, what, token):
        note(f"no data of this lake bears this {what}; is it spelled as in the exports?")
    note(_NEXT)


@app.command()
def grant(
    purpose: Annotated[str, typer.Option(help="One purpose.")],
    phone: PhoneOption = None,
    kind: KindOption = None,
    identifier: IdOption = None,
    moment: AtOption = None,
    channel: ChannelOption = None,
    notice: Annotated[str | None, typer.Option(help="Version of the text agreed to.")] = None,
    separate: Annotated[bool, typer.Option("--separate", help="Asked on its own.")] = False,
    recipient: Annotated[str | None, typer.Option(help="Who gets the data.")] = None,
    guardian: Annotated[bool, typer.Option("--guardian", help="Given by a guardian.")] = False,
    proof: ProofOption = None,
    operator: OperatorOption = None,
    lake: LakeOption = LAKE,
) -> None:
    """Write down that one person agreed."""
    from liveattr import consent

    opened = existing_lake(lake)
    what, token, _ = who(opened, phone, kind, identifier)
    seq = consent.grant(
        opened,
        what,
        token,
        purpose,
        at=_moment(moment),
        channel=channel,
        notice_version=notice,
        separate_consent=separate or None,
        recipient=recipient,
        guardian=guardian,
        operator=operator,
        proof=proof,
    )
    say(f"entry {seq} of the ledger: granted for {purpose}, by a {what}")


@app.command()
def status(
    phone: PhoneOption = None,
    kind: KindOption = None,
    identifier: IdOption = None,
    lake: LakeOption = LAKE,
) -> None:
    """Show what holds for one person now, and what was said."""
    from liveattr import consent

    opened = existing_lake(lake)
    what, token, _ = who(opened, phone, kind, identifier)
    show(consent.consent_status(opened, what, token))
    show(consent.consent_history(opened, what, token))


@app.command()
def verify(lake: LakeOption = LAKE) -> None:
    """Check that no entry of the ledger was altered or taken out."""
    from liveattr import consent

    found = consent.check_ledger(existing_lake(lake))
    if found.broken_seq is not None:
        raise ConsentError(f"entry {found.broken_seq} of the ledger is not what was written")
    if found.missing_end:
        raise ConsentError("the ledger lacks entries at its end that the audit log knows of")
    say(f"the ledger is whole: {found.entries:,} entries, of {found.erased:,} the person is erased")


@app.command()
def log(
    gate: Annotated[str | None, typer.Option(help="One gate (G5) or request (withdraw).")] = None,
    lake: LakeOption = LAKE,
) -> None:
    """Show the audit log: what passed, what was refused and why."""
    from liveattr import consent

    found = consent.read_audit(existing_lake(lake), gate)
    show(found.drop(columns=["code_version", "output_sha256"]))


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ParameterError(f"--at {text!r} is no moment; 2026-01-22T20:15:00+08:00") from None
    if found.tzinfo is None:
        raise ParameterError(f"--at {text!r} needs a zone: {text}+08:00")
    return found.astimezone(UTC)


def _is_known(lake: Lake, kind: str, token: str) -> bool:
    """Say whether the last run knew the identifier; before the first run nobody is known."""
    found = lake.sql(
        "SELECT (SELECT count(*) FROM person_member) = 0 OR EXISTS (SELECT 1 FROM person_member "
        "WHERE kind = $kind AND id = $token) AS known",
        kind=kind,
        token=token,
    )
    return bool(found["known"].item())


def _read_file(lake: Lake, file: Path, wait_s: float) -> None:
    from liveattr.consent import record_consents
    from liveattr.pipeline import settings_for
    from liveattr.sources import ingest
    from liveattr.sources.lake_keys import lake_key
    from liveattr.sources.tokens import DEMO_KEY

    demo = lake_key(lake) == DEMO_KEY
    with lake.lock("run", wait_s):
        read = ingest(lake, file, preset="consents", settings=settings_for(lake), demo=demo)
        tell_stage(read)
        tell_stage(record_consents(lake))
    if read.rows_refused:
        note(f"{read.rows_refused:,} rows are held back: `liveattr quarantine show` says why")
    note(_NEXT)
