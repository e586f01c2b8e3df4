"""`liveattr identity`: who is one person, how well that is known, and decisions on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from liveattr.cli.options import LAKE, LakeOption, existing_lake
from liveattr.console import note, say, show
from liveattr.errors import ParameterError

if TYPE_CHECKING:
    from liveattr.identity.requests import Identifier
    from liveattr.lake import Lake

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Which identifiers are one person, and why.")

LeftOption = Annotated[
    str, typer.Option("--left", help="kind=value, e.g. phone=138… or mall_account=youzan/1.")
]
RightOption = Annotated[str, typer.Option("--right", help="kind=value of the other one.")]
OperatorOption = Annotated[str, typer.Option(help="Who decided.")]

_NEXT = "it holds from the next `liveattr run` on / 下次运行起生效"


@app.command()
def status(lake: LakeOption = LAKE) -> None:
    """Count people, refusals, quarantine and withdrawals, and how many viewers are linked."""
    opened = existing_lake(lake)
    found = opened.sql(
        "SELECT grain, value, measure, n FROM identity_count ORDER BY grain, value, measure"
    )
    if found.empty:
        say("nobody yet: `liveattr run` finds out who is who")
    else:
        show(found)


@app.command()
def unmerge(
    left: LeftOption, right: RightOption, operator: OperatorOption, lake: LakeOption = LAKE
) -> None:
    """Decide that two identifiers are not one person, whatever other evidence says."""
    from liveattr import identity

    opened = existing_lake(lake)
    identity.unmerge(opened, _end(opened, left), _end(opened, right), operator=operator)
    note(_NEXT)


@app.command()
def remerge(
    left: LeftOption, right: RightOption, operator: OperatorOption, lake: LakeOption = LAKE
) -> None:
    """Take back an unmerge: what the other evidence says holds again."""
    from liveattr import identity

    opened = existing_lake(lake)
    identity.remerge(opened, _end(opened, left), _end(opened, right), operator=operator)
    note(_NEXT)


def _end(lake: Lake, text: str) -> Identifier:
    """Turn kind=value into kind and token; the value goes nowhere else."""
    from liveattr.subjects import token_of

    kind, sign, value = text.partition("=")
    if not sign or not value:
        raise ParameterError("write an identifier as kind=value, e.g. phone=13812345678")
    return kind, token_of(lake, kind, value)
