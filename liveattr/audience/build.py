"""`build_audience`: a definition and a broadcast → a frozen list with hold-out, expiry and expectation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from liveattr.audience.contacts import address_of, capped_people, purpose_of
from liveattr.audience.definition import Definition, load_definition
from liveattr.audience.features import (
    FEATURE_READS,
    count_late,
    create_people_codes,
    read_features,
)
from liveattr.audience.list_uplift import list_features, list_uplift
from liveattr.audience.listing import Found, list_rows, notes_of
from liveattr.audience.select import first_moment, next_morning, select_people
from liveattr.audience.soon import Soon, bought_soon, earlier_rows, fit_soon
from liveattr.consent import open_gates
from liveattr.errors import ParameterError, did_you_mean
from liveattr.holdout import assign_holdout, load_salt, salt_version
from liveattr.lake import Summary, run_stage
from liveattr.settings import Settings, load_settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.lake import Lake

__all__ = ["AUDIENCE_READS", "AUDIENCE_WRITES", "build_audience", "next_morning"]

AUDIENCE_READS = (*FEATURE_READS, "person_alias", "impact_assessment", "consent")
SORTS = ("score", "uplift")
AUDIENCE_WRITES = ("audience", "audience_member", "holdout_group")


def build_audience(
    lake: Lake,
    definition: Definition | str | Path,
    broadcast: str | None = None,
    *,
    channel: str = "sms",
    at: datetime | None = None,
    sort: str = "score",
    settings: Settings | None = None,
) -> Summary:
    """Freeze a list of people to be called back; nothing is sent.

    Parameters
    ----------
    lake
        A lake after people, orders and (for chances) `predict_people`.
    definition
        A definition, the name of one that is shipped, or a YAML file.
    broadcast
        Broadcast that it is about; None for definitions about the whole shop.
    channel
        `sms`, `wecom`, `push`: the consent that is needed, and the address.
    at
        Moment of freezing, with a zone. Default: the first 08:00 after the broadcast's end; without a
        broadcast 08:00 of the day after the newest event.
    sort
        `score`: by the definition's score. `uplift`: first whom the message moves most, as far as past
        lists of this definition can tell (`list_uplift`); where they cannot, by score, and a note says so.
    settings
        Zone, cap, hold-out, cost of a message; by default those of `liveattr.toml`.

    Returns
    -------
    Summary
        Rows in: people who meet the definition. Notes: who was left out and why, the arms, and the
        smallest effect that this list can show: read it before anything is sent.

    Raises
    ------
    ParameterError
        If definition, broadcast, channel, moment or `sort` cannot be used.
    MissingDataError
        If `sort` is `uplift` and no past list of the definition is over.
    ConfigError
        If there is no salt for the hold-out.

    Notes
    -----
    Order: definition, exclusions, one list per person within `recall_cap_days`, an address of the
    channel, gate G5; then arms are drawn among those who are left, so both are alike. A list is frozen
    once: calling it again changes nothing and says so. People without an address count as refused
    (`no_address`).
    """
    known, made = settings or load_settings(), _definition(definition)
    purpose_of(channel)
    if sort not in SORTS:
        raise ParameterError(f"a list is not sorted by {sort!r}; {did_you_mean(sort, SORTS)}")
    from_at, frozen_at, campaign = _window(lake, made, broadcast, at, known.zone)
    name = _name(made, broadcast, channel, frozen_at, known.zone)
    salt = load_salt()
    as_of = frozen_at.astimezone(ZoneInfo(known.zone)).date() - timedelta(days=1)

    def body(opened: Lake) -> Summary:
        old = opened.sql("SELECT * FROM audience WHERE audience_id = $name", name=name)
        if len(old):
            return _frozen(old.iloc[0].to_dict(), made)
        head: dict[str, Any] = {
            "audience_id": name,
            "broadcast_id": broadcast,
            "campaign_id": campaign,
        }
        head |= {"channel": channel, "as_of": as_of, "frozen_at": frozen_at}
        found = _find(opened, made, head, from_at, known)
        found, said = (
            (found, ()) if sort == "score" else _by_uplift(opened, found, made, as_of, known)
        )
        arms = _draw(opened, found.people, name, known, salt, frozen_at)
        audience, members = list_rows(found, arms, made, head, known)
        # The head comes last: a list that was cut off is built again, never half a list.
        opened.write("holdout_group", arms, mode="replace_where", where={"scope": name})
        opened.write("audience_member", members, mode="replace_where", where={"audience_id": name})
        opened.write("audience", audience, mode="append")
        return Summary(
            rows_in=found.n_found,
            rows_refused=found.n_found - len(members),
            outputs={"audience": 1, "audience_member": len(members)},
            notes=(*notes_of(audience.iloc[0].to_dict(), found), *said),
        )

    return run_stage(
        lake,
        "build_audience",
        options={
            "audience_id": name,
            "definition_sha256": made.sha256,
            "frozen_at": frozen_at,
            "sort": sort,
            "salt_version": salt_version(salt),
            "settings": {n: getattr(known, n) for n in _CHOICES},
        },
        reads=AUDIENCE_READS,
        writes=AUDIENCE_WRITES,
        body=body,
    )


_CHOICES = (
    "zone", "clock_offset_s", "recall_cap_days", "recall_holdout_share", "recall_never_share",
    "message_cost_fen",
)  # fmt: skip


def _definition(given: Definition | str | Path) -> Definition:
    return given if isinstance(given, Definition) else load_definition(given)


def _window(
    lake: Lake, made: Definition, broadcast: str | None, at: datetime | None, zone: str
) -> tuple[datetime, datetime, str | None]:
    """Return the begin of the window, the moment of freezing and the campaign."""
    if (made.about == "broadcast") != (broadcast is not None):
        need = "needs a broadcast" if made.about == "broadcast" else "is about no broadcast"
        raise ParameterError(f"the definition {made.name!r} {need}")
    if at is not None and at.tzinfo is None:
        raise ParameterError("`at` needs a zone, as in datetime.now(UTC)")
    if broadcast is None:
        [(newest,)] = lake.sql("SELECT max(event_at) FROM event").to_numpy().tolist()
        moment = at or _morning_after(newest, zone)
        return moment - timedelta(days=made.window_days), moment, None
    rows = lake.sql("SELECT broadcast_id, start_at, end_at, campaign_id FROM broadcast")
    one = rows[rows["broadcast_id"] == broadcast]
    if one.empty:
        hint = did_you_mean(broadcast, rows["broadcast_id"].tolist())
        raise ParameterError(f"there is no broadcast {broadcast!r}; {hint}")
    begin, end = (pd.Timestamp(one.iloc[0][c]).to_pydatetime() for c in ("start_at", "end_at"))
    moment = at or next_morning(end, zone)
    if moment <= end:
        raise ParameterError(f"the broadcast {broadcast!r} is not over at {moment}")
    return begin, moment, str(one.iloc[0]["campaign_id"])


def _morning_after(moment: Any, zone: str) -> datetime:
    if pd.isna(moment):
        raise ParameterError("there is no event in the lake: say `at`")
    day: date = (
        pd.Timestamp(moment, tz=None if pd.Timestamp(moment).tzinfo else "UTC")
        .astimezone(ZoneInfo(zone))
        .date()
    )
    return datetime(day.year, day.month, day.day, 8, tzinfo=ZoneInfo(zone)) + timedelta(days=1)


def _name(
    made: Definition, broadcast: str | None, channel: str, frozen_at: datetime, zone: str
) -> str:
    on = f"{frozen_at.astimezone(ZoneInfo(zone)):%Y%m%d}"
    return "-".join((made.name, f"v{made.version}", broadcast or on, channel))


def _find(
    lake: Lake, made: Definition, head: dict[str, Any], from_at: datetime, known: Settings
) -> Found:
    """Return who is on the list, before arms are drawn, and who was left out."""
    frozen_at, channel = head["frozen_at"], head["channel"]
    send_at = first_moment(frozen_at, known.zone)
    with lake.connect((*AUDIENCE_READS, "audience", "audience_member")) as con:
        features, soon = _features(con, head, from_at, known)
        met = select_people(features, made)
        left = met[~met["excluded"]].drop(columns="excluded")
        capped = left["person_id"].isin(capped_people(con, send_at, known.recall_cap_days))
        left = left[~capped]
        address = address_of(con, left["person_id"], channel)
        late = count_late(con, from_at=from_at, at=frozen_at)
    rows = left.merge(address, on="person_id", how="left", sort=False)
    none = rows["token"].isna()
    today = max(datetime.now(UTC).date(), head["as_of"])
    with open_gates(lake, today=today, actor="audience") as gates:
        purpose = purpose_of(channel)
        passed = gates.pass_gate("G5", rows[~none], purpose=purpose, ids=[("kind", "token")])
    refused = passed.refused["reason"].value_counts().sort_index().to_dict()
    refused |= {"no_address": int(none.sum())} if none.any() else {}
    return Found(
        people=passed.rows_for("G5", purpose),
        features=features,
        send_at=send_at,
        n_found=len(met),
        n_excluded=int(met["excluded"].sum()),
        n_capped=int(capped.sum()),
        refused={str(k): int(v) for k, v in refused.items()},
        late=late,
        told=bool(features["p_30"].notna().any()),
        soon=soon,
    )


def _features(
    con: DuckDBPyConnection, head: dict[str, Any], from_at: datetime, known: Settings
) -> tuple[pd.DataFrame, Soon | None]:
    """Return the features of the list, with the chance to buy the product where earlier broadcasts tell it."""
    frozen_at, broadcast = head["frozen_at"], head["broadcast_id"]
    create_people_codes(con, known)
    earlier = earlier_rows(con, broadcast, frozen_at, known) if broadcast else []
    features = read_features(
        con,
        as_of=head["as_of"],
        from_at=from_at,
        at=frozen_at,
        settings=known,
        broadcast_id=broadcast,
    )
    rows = [part.assign(soon=bought_soon(con, part, at)) for at, part in earlier]
    soon = fit_soon(pd.concat(rows, ignore_index=True)) if rows else None
    chances = np.nan if soon is None or features.empty else soon.chance(features)
    return features.assign(p_product_7=chances), soon


def _by_uplift(
    lake: Lake, found: Found, made: Definition, as_of: date, known: Settings
) -> tuple[Found, tuple[str, ...]]:
    """Return the people with those first whom the message moves most, and what is said of it."""
    learnt = list_uplift(lake, made.name, as_of=as_of, settings=known)
    if not learnt.usable:
        return found, (f"sorted by score: past lists tell nobody apart ({learnt.reason})",)
    people = found.people
    gain = learnt.score(list_features(people, learnt.names))
    order = gain.sort_values(ascending=False, kind="stable").index
    return replace(found, people=people.loc[order].reset_index(drop=True)), ("sorted by uplift",)


def _draw(
    lake: Lake, people: pd.DataFrame, scope: str, known: Settings, salt: str, at: datetime
) -> pd.DataFrame:
    """Draw arms within this list; the group that no list contacts is the same everywhere."""
    return assign_holdout(
        people[["person_id"]],
        scope,
        share=known.recall_holdout_share,
        salt=salt,
        at=at,
        never_share=known.recall_never_share,
    )


def _frozen(old: dict[Any, Any], made: Definition) -> Summary:
    if old["definition_sha256"] != made.sha256:
        raise ParameterError(
            f"{old['audience_id']} is frozen with another text of the definition: give it a new version"
        )
    note = f"{old['audience_id']} is frozen since {old['frozen_at']}: nothing was changed"
    return Summary(rows_in=int(old["n_found"]), outputs={}, notes=(note,))
