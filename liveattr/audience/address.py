"""`address`: a list and the merchant's own contacts → a file that can be sent, outside the data folders.

Contacts are tokenised in memory with the key of the lake and joined; they enter no table and no log.
"""

from __future__ import annotations

import csv
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd

from liveattr.audience.contacts import CHANNELS, purpose_of
from liveattr.audience.definition import read_definition
from liveattr.audience.refresh import refresh_audiences
from liveattr.consent import Passed, open_gates
from liveattr.errors import ConsentError, MissingDataError, ParameterError, did_you_mean
from liveattr.lake import Summary
from liveattr.settings import Settings, load_settings

if TYPE_CHECKING:
    from liveattr.lake import Lake

__all__ = ["address_list", "read_contacts", "tokenise"]

_HEADS = {
    "phone": ("phone", "手机号", "电话", "mobile"),
    "unionid": ("unionid", "union_id", "UnionID"),
    "openid": ("openid", "open_id", "OpenID"),
    "mall_account": ("mall_account", "商城账号"),
}
"""Kind of identifier → how its column may be called."""
_ID_HEADS = ("external_userid", "外部联系人ID")
"""How WeCom calls a contact; written instead of the identifier where the contacts have it."""
_FORMULA = ("=", "+", "-", "@", "\t")

_MEMBERS = """
WITH listed AS (
    SELECT person_id, kind, token, pos, sku_id FROM audience_member
    WHERE audience_id = $name AND arm = 'contact' AND removed_at IS NULL
), own AS (
    SELECT DISTINCT l.pos, i.kind, i.id AS token
    FROM listed AS l
    JOIN person_member AS p ON p.kind = l.kind AND p.id = l.token AND p.known_to_at IS NULL
    JOIN person_member AS i ON i.person_id = p.person_id AND i.known_to_at IS NULL
     AND i.valid_to_at IS NULL AND list_contains($kinds, i.kind)
    ANTI JOIN identifier_quarantine AS q ON q.kind = i.kind AND q.id = i.id
    UNION SELECT pos, kind, token FROM listed
)
SELECT l.person_id, l.kind AS listed_kind, l.token AS listed, l.pos, l.sku_id, o.kind, o.token,
       o.token = l.token AS same
FROM listed AS l JOIN own AS o ON o.pos = l.pos
ORDER BY l.pos, same DESC, list_position($kinds, o.kind), o.token"""
"""Everybody to be contacted, by each identifier that the channel can write to, the one on the list first."""


def address_list(
    lake: Lake,
    audience_id: str,
    contacts: str | Path,
    out: str | Path,
    *,
    at: datetime | None = None,
    settings: Settings | None = None,
    reports: str | Path = "reports",
) -> Summary:
    """Write the people of a list who are to be contacted, with their addresses.

    Parameters
    ----------
    lake
        A lake with the list.
    audience_id
        The list.
    contacts
        CSV of the merchant with a column for the address (手机号 phone, unionid, openid, 商城账号
        mall_account) and for WeCom optionally external_userid. It is read and left as it is.
    out
        CSV to make; it must not be there yet, nor lie in the lake, its data folder or the reports.
    at
        When; default: now.
    settings
        Zone; by default that of `liveattr.toml`.
    reports
        Folder of the reports, where nothing of this may lie.

    Returns
    -------
    Summary
        Rows in: contacts; rows out: people in the file; rows refused: people of the list whom the gate
        refuses by now.

    Raises
    ------
    ParameterError
        If there is no such list, it has expired, or a file cannot be used.
    ConsentError
        If the list was changed to ask anybody for more.

    Notes
    -----
    Held-out people, those whom no list contacts and removed people are never in it: `refresh` runs
    first and gate G5 again. `audit` keeps counts and a hash. Delete the file once it was sent; an
    erasure cannot reach it.
    """
    known, moment = settings or load_settings(), at or datetime.now(UTC)
    clock = time.perf_counter()
    head, target = _head(lake, audience_id), _safe(lake, Path(out), Path(reports))
    if moment >= pd.Timestamp(head["expires_at"]):
        end = pd.Timestamp(head["expires_at"]).tz_convert(ZoneInfo(known.zone))
        raise ParameterError(f"{audience_id} expired on {end:%Y-%m-%d %H:%M}: build a new list")
    channel = str(head["channel"])
    read = read_contacts(Path(contacts), channel)
    refresh_audiences(lake, at=moment)
    members = lake.sql(_MEMBERS, name=audience_id, kinds=list(CHANNELS[channel]))
    people = members["pos"].nunique()
    met = members.merge(tokenise(lake, read), on=["kind", "token"], sort=False)
    met = met.drop_duplicates("pos", ignore_index=True)
    if people and met.empty:
        raise ParameterError(
            f"none of the {people:,} people of the list is among the {len(read):,} addresses of "
            f"{Path(contacts).name}, so nothing was written; the list goes by "
            f"{' and '.join(CHANNELS[channel])}: is that what the file holds?"
        )
    with open_gates(lake, today=moment.date(), actor="audience address") as gates:
        purpose = purpose_of(channel)
        ids = met.drop(columns="value")
        both = [("listed_kind", "listed"), ("kind", "token")]
        passed = gates.pass_gate("G5", ids, purpose=purpose, ids=both)
    rows = _form(passed, _heading(channel, read), met, head, known.zone)
    _write(target, rows)
    return Summary(
        stage="address",
        rows_in=len(read),
        rows_out=len(rows),
        rows_refused=len(passed.refused),
        seconds=time.perf_counter() - clock,
        notes=(
            f"{people - len(met):,} of {people:,} people of the list are not among the contacts",
            "delete the file once it was sent: an erasure cannot reach it / 发送后请删除",
        ),
    )


def _head(lake: Lake, audience_id: str) -> dict[Any, Any]:
    rows = lake.sql("SELECT * FROM audience")
    one = rows[rows["audience_id"] == audience_id]
    if one.empty:
        hint = did_you_mean(audience_id, rows["audience_id"].tolist())
        raise ParameterError(f"there is no list {audience_id!r}; {hint}")
    head: dict[Any, Any] = one.iloc[0].to_dict()
    made = read_definition(str(head["definition_text"]), audience_id)
    same = made.sha256 == head["definition_sha256"] and made.coupon_fen == head["coupon_cost_fen"]
    if not head["never_raises_price"] or not same:
        raise ConsentError(
            f"{audience_id}: what it offers is not what was frozen; no list may ask anybody for more"
        )
    return head


def _safe(lake: Lake, out: Path, reports: Path) -> Path:
    """Return a path at which a file with addresses may lie."""
    target, home = out.resolve(), lake.path.resolve()
    shut = [home, Path("data").resolve(), Path("reports").resolve(), reports.resolve()]
    shut += [p for p in home.parents if p.name == "data"][:1]
    if any(target.is_relative_to(folder) for folder in shut):
        raise ParameterError(f"{out} lies in the data or reports: addresses belong elsewhere")
    if target.exists():
        raise ParameterError(f"{out} is there already; name another file")
    if not target.parent.is_dir():
        raise ParameterError(f"there is no folder {out.parent}")
    return target


def read_contacts(path: Path, channel: str) -> pd.DataFrame:
    """Return `kind, value, shown` of a file of contacts, a row for each address that a channel can write to.

    `shown` is what the file to send will hold: for WeCom its own id of the contact where the file has a column of
    it; contacts without one are left out then.

    Raises
    ------
    MissingDataError
        If there is no such file.
    ParameterError
        If it has no column for any of the kinds, or is no CSV in UTF-8 or GB 18030.
    """
    if not path.is_file():
        raise MissingDataError(f"there is no file {path}")
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    rows = pd.DataFrame(list(csv.DictReader(text.splitlines()))).fillna("")
    rows.columns = [str(c).strip() for c in rows.columns]
    kinds = CHANNELS[channel]
    found = {k: next((c for c in _HEADS[k] if c in rows.columns), None) for k in kinds}
    if not any(found.values()):
        names = ", ".join(name for k in kinds for name in _HEADS[k][:2])
        raise ParameterError(f"{path.name} has no column for an address; one of {names}")
    heads = _ID_HEADS if channel == "wecom" else ()
    own = next((c for c in heads if c in rows.columns), None)
    parts = [
        pd.DataFrame(
            {
                "kind": k,
                "value": rows[c],
                "shown": rows[c if own is None else own],
            }
        )
        for k, c in found.items()
        if c is not None
    ]
    both = pd.concat(parts, ignore_index=True).astype(str)
    both = both.apply(lambda column: column.str.strip())
    return both[both["shown"] != ""].reset_index(drop=True)


def tokenise(lake: Lake, contacts: pd.DataFrame) -> pd.DataFrame:
    """Return `kind, token, value`: contacts by the tokens of the lake's key; what is no address is dropped.

    Parameters
    ----------
    lake
        The lake.
    contacts
        `kind, value, shown`; `value` of the result is `shown`, of a phone its eleven digits.
    """
    import duckdb

    from liveattr.sources import tokens
    from liveattr.sources.lake_keys import lake_key

    normal = f"CASE kind WHEN 'phone' THEN {tokens.phone_sql('value')} ELSE nullif(value, '') END"
    text = tokens.hmac_sql("kind || ':' || v")
    with duckdb.connect() as con:
        tokens.use_key(con, lake_key(lake))
        con.register("contacts", contacts)
        query = f"""
SELECT kind, {text} AS token,
       min(CASE WHEN kind = 'phone' AND shown = value THEN right(v, 11) ELSE shown END) AS value
FROM (SELECT *, {normal} AS v FROM contacts) WHERE v IS NOT NULL
GROUP BY ALL ORDER BY kind, token"""
        return con.sql(query).df()


def _form(
    passed: Passed, heading: str, met: pd.DataFrame, head: dict[Any, Any], zone: str
) -> pd.DataFrame:
    """Return the rows of the file: only what passed the gate."""
    rows = passed.rows_for("G5", purpose_of(str(head["channel"])))
    rows = rows.merge(met[["person_id", "value"]], on="person_id", sort=False)
    rows = rows[~rows["value"].str.startswith(_FORMULA)]  # a cell that a sheet would compute
    moments = (
        pd.Timestamp(head[c]).tz_convert(ZoneInfo(zone)) for c in ("send_from_at", "expires_at")
    )
    begin, end = (f"{moment:%Y-%m-%d %H:%M}" for moment in moments)
    columns = {
        heading: rows["value"],
        "商品": rows["sku_id"].fillna(""),
        "优惠券(元)": f"{int(head['coupon_cost_fen']) / 100:.2f}",
        "发送不早于": begin,
        "发送不晚于": end,
        "发送时段": "09:00-21:00",
    }
    return pd.DataFrame(columns, index=rows.index)


def _heading(channel: str, read: pd.DataFrame) -> str:
    """Name the column of addresses as the sender's form does."""
    if channel == "wecom" and (read["shown"] != read["value"]).any():
        return "外部联系人ID"
    return {"sms": "手机号", "wecom": "UnionID/OpenID"}.get(channel, "接收人")


def _write(target: Path, rows: pd.DataFrame) -> None:
    """Write the file so that only its owner can read it; what fails leaves no part of it."""
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            rows.to_csv(file, index=False)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
