"""Tracked links: how they are made, how they are known again, and who came through them.

A link is `…?source=live_20260122_A&lid=t1f09…&sig=s77c0…`. Two keyed hashes (HMAC-SHA256 under
LIVEATTR_LINK_KEY) stand in it, and `checks` proves both with the SQL of this file:

- `lid` = "t" and 14 hex characters of the HMAC of what the link stands for: source, broadcast,
  campaign, host, product, place on the shelf. So a row of `tracked_link` that was given to another
  host does not fit its own `lid` any more.
- `sig` = "s" and 24 hex characters (96 bits) of the HMAC of `lid` and `source`, the two texts that
  travel in the address. So nobody without the key can make a link, or give one another source.

The letters in front keep spreadsheets from reading either as a number. No link carries a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import duckdb
import pandas as pd

from liveattr.errors import ParameterError, TokenKeyError
from liveattr.sources.signatures import LINK_KEY_VARIABLE, link_key
from liveattr.sources.tokens import hmac_sql, use_key

__all__ = [
    "COLUMNS",
    "FACTS",
    "is_ours_sql",
    "lid_sql",
    "link_reach",
    "make_link",
    "make_links",
    "signature_sql",
    "use_link_key",
]

FACTS = ("source_code", "broadcast_id", "campaign_id", "host_id", "product_id", "shelf_no")
"""What a link stands for, in the order in which its `lid` is made from it."""

COLUMNS = ("link_id", *FACTS, "valid_from_at", "valid_to_at", "link_sig")
"""Columns of the template `tracked_links`."""

_LID_HEX, _SIGNATURE_HEX = 14, 24
_SHORTEST_KEY = 32

_BAD_ID = r"[\x00-\x1f\x7f]|^[\s']|\s$|^[0-9]+[.]0$|^[0-9](?:[.][0-9]+)?[eE][+]?[0-9]+$|^(?:-|--|(?i:null|none|nan))$"
"""Ids that a file would not give back as they were written (docs/formats.md, kind `id`)."""

_LOCAL_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?$"


def use_link_key(con: duckdb.DuckDBPyConnection, key: str) -> None:
    """Make the key of links known to one in-memory connection."""
    use_key(con, key, "link")


def signature_sql(lid: str, source: str) -> str:
    """Return SQL for the right signature of an SQL `lid` and source; null where there is no `lid`."""
    text = f"'link' || chr(10) || {lid} || chr(10) || coalesce({source}, '')"
    return f"'s' || left({hmac_sql(text, 'link')}, {_SIGNATURE_HEX})"


def lid_sql(facts: Mapping[str, str]) -> str:
    """Return SQL for the `lid` of a link, from an SQL value for each of `FACTS` (or fewer)."""
    values = (f"coalesce(CAST({facts.get(name, 'NULL')} AS VARCHAR), '')" for name in FACTS)
    text = " || chr(10) || ".join(("'lid'", *values))
    return f"'t' || left({hmac_sql(text, 'link')}, {_LID_HEX})"


def is_ours_sql(lid: str) -> str:
    """Return SQL that is true for a `lid` that `make_links` made, so that it names its facts."""
    return f"regexp_full_match({lid}, 't[0-9a-f]{{{_LID_HEX}}}')"


def make_links(links: pd.DataFrame, *, url: str = "", key: str = "") -> pd.DataFrame:
    """Make the tracked links of a plan, all at once.

    Parameters
    ----------
    links
        One row a link: `broadcast_id` or `campaign_id` (or `source_code`), and as far as known
        `host_id, product_id, shelf_no, valid_from_at, valid_to_at` (texts, Beijing time).
        `source_code` is the broadcast, else the campaign, where it is empty. Columns with other
        names are ignored.
    url
        Page of the mall; what it asks already is kept. Without it only `?source=…` is made.
    key
        Key of links; default: LIVEATTR_LINK_KEY.

    Returns
    -------
    pandas.DataFrame
        The columns of the template `tracked_links` (`COLUMNS`, texts, empty where unknown)
        and `url`, in the order of the rows. The same facts give the same link, so a link may be
        made again to lengthen its time: `valid_from_at` and `valid_to_at` are not signed.

    Raises
    ------
    ParameterError
        If a row names neither a source nor a broadcast nor a campaign, an id would not survive a
        file (line breaks, `1.0`, `2E+17`, `null`), a time is no Beijing time, or ends before it begins.
    TokenKeyError
        If there is no key, or it is shorter than 32 characters.

    Notes
    -----
    HMAC-SHA256 (RFC 2104) over texts that are joined by line breaks, so no two plans have the same
    text. 96 bits of signature: a guess is right once in 8e28.

    Wrong when: the key is known to others (change it: old links then fail), or a link is shared;
    a signature proves who made a link, not who clicked it.

    Examples
    --------
    >>> plan = pd.DataFrame({"broadcast_id": ["live_20260122_A"], "shelf_no": [3]})
    >>> made = make_links(plan, url="https://mall.example/p/1", key="k" * 32)
    >>> made.url.item()
    'https://mall.example/p/1?source=live_20260122_A&lid=tc5c7f09724b150&sig=s4f6a1ea0ebdf52baf8c2f4ea'
    """
    key = _checked_key(key or link_key())
    plan = _texts(links)
    _refuse(plan)
    with duckdb.connect() as con:
        use_link_key(con, key)
        con.register("plan", plan)
        facts = {name: f"nullif({name}, '')" for name in FACTS}
        con.execute(f"CREATE TEMP TABLE named AS SELECT *, {lid_sql(facts)} AS link_id FROM plan")
        sig = signature_sql("link_id", facts["source_code"])
        con.execute(f"CREATE TEMP TABLE signed AS SELECT *, {sig} AS link_sig FROM named")
        before, after = _around(url)
        return con.execute(
            f"SELECT {', '.join(COLUMNS)}, $before || 'source=' || url_encode(source_code) || "
            "'&lid=' || link_id || '&sig=' || link_sig || $after AS url FROM signed ORDER BY row",
            {"before": before, "after": after},
        ).df()


def make_link(
    *,
    broadcast_id: str = "",
    campaign_id: str = "",
    host_id: str = "",
    product_id: str = "",
    shelf_no: int | None = None,
    source_code: str = "",
    valid_from_at: str = "",
    valid_to_at: str = "",
    url: str = "",
    key: str = "",
) -> dict[str, str]:
    """Make one tracked link: `make_links` for a plan of one row.

    Returns
    -------
    dict
        The cells of the template `tracked_links`, and `url`.
    """
    row = {
        "broadcast_id": broadcast_id,
        "campaign_id": campaign_id,
        "host_id": host_id,
        "product_id": product_id,
        "shelf_no": "" if shelf_no is None else str(shelf_no),
        "source_code": source_code,
        "valid_from_at": valid_from_at,
        "valid_to_at": valid_to_at,
    }
    made = make_links(pd.DataFrame([row]), url=url, key=key)
    return {str(name): str(value) for name, value in made.iloc[0].items()}


def link_reach(events: pd.DataFrame) -> pd.DataFrame:
    """Count who came through each link.

    Parameters
    ----------
    events
        `link_id, visitor_token, account_token` (as the table `event`); rows without a link do not count.

    Returns
    -------
    pandas.DataFrame
        `link_id, events, visitors, accounts`, most visitors first.

    Notes
    -----
    A link of a room stands for a product on a shelf and is clicked by thousands: many visitors are
    no fault here. A link that was made for one person is a `link_token` in `bindings`, and that one
    is demoted when more than a few redeem it (docs/events.md).
    """
    with duckdb.connect() as con:
        con.register("came", events[["link_id", "visitor_token", "account_token"]])
        return con.sql(
            "SELECT link_id, count(*) AS events, count(DISTINCT visitor_token) AS visitors, "
            "count(DISTINCT account_token) AS accounts FROM came WHERE link_id IS NOT NULL "
            "GROUP BY link_id ORDER BY visitors DESC, link_id"
        ).df()


def _checked_key(key: str) -> str:
    if len(key) < _SHORTEST_KEY:
        said = f"has {len(key)} characters; at least {_SHORTEST_KEY}" if key else "is not set"
        raise TokenKeyError(
            f"{LINK_KEY_VARIABLE} {said}: without a key anybody could make links. Make one with  python "
            f'-c "import secrets; print(secrets.token_hex(32))"  and export it as {LINK_KEY_VARIABLE}'
        )
    return key


def _texts(links: pd.DataFrame) -> pd.DataFrame:
    """Return the plan as trimmed texts, with every column and its source code."""
    names = (*FACTS, "valid_from_at", "valid_to_at")
    plan = pd.DataFrame({name: _text(links, name) for name in names}, dtype="str")
    plan["source_code"] = _first(plan["source_code"], plan["broadcast_id"], plan["campaign_id"])
    return plan.assign(row=range(len(plan)))


def _text(links: pd.DataFrame, name: str) -> pd.Series:
    if name not in links:
        return pd.Series("", index=links.index, dtype="object")
    cells = links[name]
    if name == "shelf_no":
        cells = _whole(cells)
    return cells.astype("object").where(cells.notna(), "").astype(str).str.strip(" ")


def _whole(cells: pd.Series) -> pd.Series:
    """Return places on a shelf as whole numbers from 1, or refuse them."""
    numbers = pd.to_numeric(cells.where(cells.astype(str).str.strip() != ""), errors="coerce")
    given = cells.notna() & (cells.astype(str).str.strip() != "")
    wrong = given & ~((numbers >= 1) & (numbers % 1 == 0))
    if wrong.any():
        raise ParameterError(f"{cells[wrong].iloc[0]!r} is no place on a shelf; write 1, 2, 3 …")
    return numbers.astype("Int64")


def _first(*columns: pd.Series) -> pd.Series:
    first, *others = columns
    for other in others:
        first = first.where(first != "", other)
    return first


def _refuse(plan: pd.DataFrame) -> None:
    """Refuse a plan whose links could not be read again."""
    if (plan["source_code"] == "").any():
        raise ParameterError(
            "a link stands for a broadcast or a campaign: give broadcast_id, campaign_id or source_code"
        )
    for name in FACTS[:-1]:
        bad = plan[name].str.contains(_BAD_ID, regex=True)
        if bad.any():
            raise ParameterError(
                f"{name} {plan.loc[bad, name].iloc[0]!r}: an id like that does not survive a file"
            )
    for name in ("valid_from_at", "valid_to_at"):
        bad = (plan[name] != "") & ~plan[name].str.contains(_LOCAL_TIME, regex=True)
        if bad.any():
            raise ParameterError(
                f"{name} {plan.loc[bad, name].iloc[0]!r}: write Beijing time, as 2026-01-22 19:30"
            )
    ends = (plan["valid_from_at"] != "") & (plan["valid_to_at"] != "")
    starts = plan["valid_from_at"].str.replace("T", " ")
    if (ends & (plan["valid_to_at"].str.replace("T", " ") <= starts)).any():
        raise ParameterError("a link ends after it begins: valid_to_at is not after valid_from_at")


def _around(url: str) -> tuple[str, str]:
    """Return what stands before and behind the three texts: an address may ask things already."""
    parts = urlsplit(url)
    before = urlunsplit(parts._replace(query="", fragment=""))
    asked = f"{parts.query}&" if parts.query else ""
    return f"{before}?{asked}", f"#{parts.fragment}" if parts.fragment else ""
