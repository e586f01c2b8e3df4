"""`liveattr link`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from liveattr.cli.options import RAW
from liveattr.console import note, say
from liveattr.errors import ParameterError

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Signed links that lead from a broadcast to the mall.")

_LINKS = RAW / "tracked_links" / "links.csv"


@app.command("make")
def make(
    broadcast: Annotated[str, typer.Option(help="Broadcast, e.g. live_20260122_A.")] = "",
    campaign: Annotated[str, typer.Option(help="Campaign, where there is no broadcast.")] = "",
    host: Annotated[str, typer.Option(help="Host.")] = "",
    sku: Annotated[str, typer.Option(help="SKU that the link shows.")] = "",
    product: Annotated[str, typer.Option(help="Product, where it is no single SKU.")] = "",
    shelf: Annotated[int | None, typer.Option(min=1, help="Place on the shelf.")] = None,
    source: Annotated[str, typer.Option(help="Text after source=; default: the broadcast.")] = "",
    valid_from: Annotated[str, typer.Option(help="Beijing time, 2026-01-22 19:30.")] = "",
    valid_to: Annotated[str, typer.Option(help="Beijing time, 2026-01-23 20:00.")] = "",
    url: Annotated[str, typer.Option(help="Page of the mall.")] = "",
    shelf_file: Annotated[
        Path | None,
        typer.Option("--shelf-file", help="CSV with one row a link; the options fill its gaps."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="CSV that keeps the links.")] = _LINKS,
) -> None:
    """Make signed links; prints their addresses and keeps them for the next `liveattr run`."""
    from liveattr.sources.links import make_links
    from liveattr.sources.links_file import keep_links, read_plan

    if sku and product:
        raise ParameterError(
            "a link shows one thing: --sku, or --product where it is no single SKU"
        )
    given = {
        "broadcast_id": broadcast,
        "campaign_id": campaign,
        "host_id": host,
        "product_id": sku or product,
        "shelf_no": "" if shelf is None else str(shelf),
        "source_code": source,
        "valid_from_at": valid_from,
        "valid_to_at": valid_to,
    }
    links = make_links(read_plan(shelf_file, given), url=url)
    kept = keep_links(links, out)
    say("\n".join(links["url"]))
    note(f"{out}: {kept} links, {len(links)} of them made now; the next ingest reads them")
