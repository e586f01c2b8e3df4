"""Lists: who is on them, who must not be, and what leaves the house."""

import csv
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from liveattr.audience.address import address_list, tokenise
from liveattr.audience.build import build_audience, next_morning
from liveattr.audience.definition import load_definition, read_definition, shipped_definitions
from liveattr.audience.features import create_people_codes, read_features
from liveattr.audience.refresh import refresh_audiences, removals
from liveattr.audience.select import expected_rate, first_moment, select_people
from liveattr.consent import record_consents, withdraw
from liveattr.errors import ConsentError, MissingDataError, ParameterError
from liveattr.lake import Lake, open_lake
from liveattr.settings import Settings
from tests.rows import ZONE, Rows, at

KNOWN = Settings(threads=1, recall_holdout_share=0.3, recall_never_share=0.1)
MORNING = at("01-23 08:00")


def phone_of(number: int) -> str:
    return f"138{number:08d}"


def write_world(path: Path, people: int = 60) -> tuple[Lake, dict[str, str]]:
    """Viewers of one broadcast who put something into the cart; return the lake and person → phone."""
    lake = open_lake(path, memory_limit="1GB", threads=1)
    given = pd.DataFrame({"kind": "phone", "value": [phone_of(n) for n in range(people)]})
    tokens = tokenise(lake, given.assign(shown=given["value"])).set_index("value")["token"]
    rows = Rows().add("broadcast", broadcast_id="B", platform_room_id="r1")
    for n in range(people):
        account, person = f"a{n}", f"p{n}"
        rows.seen("01-22 20:10", event_id=f"w{n}", account_token=account, platform="douyin",
                  name="live_enter", room_id="r1", watch_ms=400_000)  # fmt: skip
        rows.seen(
            "01-22 20:20", event_id=f"c{n}", account_token=f"m{n}", name="add_to_cart", sku_id="S"
        )
        begin = at("01-01 00:00")
        for kind, token in (
            ("uid_douyin", account),
            ("mall_account", f"m{n}"),
            ("phone", tokens[phone_of(n)]),
        ):
            rows.add("person_member", kind=kind, id=token, person_id=person, known_from_at=begin)
    lake = rows.lake(path)
    return lake, {f"p{n}": phone_of(n) for n in range(people)}


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEATTR_TOKEN_KEY", "t" * 40)
    monkeypatch.setenv("LIVEATTR_HOLDOUT_SALT", "s" * 40)


def token_map(lake: Lake) -> dict[str, str]:
    rows = lake.sql("SELECT person_id, id FROM person_member WHERE kind = 'phone'")
    return dict(zip(rows["person_id"], rows["id"], strict=True))


def record(lake: Lake, acts: list[tuple[str, str, str]]) -> None:
    rows = Rows()
    for n, (token, purpose, action) in enumerate(acts):
        rows.add("consent_act", seq=str(n), subject_kind="phone", subject_token=token,
                 purpose=purpose, action=action, at=at("01-02 00:00") + timedelta(seconds=n))  # fmt: skip
    lake.write("consent_act", rows.frame("consent_act"))
    record_consents(lake)


def write_contacts(file: Path, phones: dict[str, str]) -> Path:
    file.write_text("姓名,手机号\n" + "".join(f"某人,{p}\n" for p in phones.values()), "utf-8")
    return file


def addressed(file: Path) -> set[str]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        return {row["手机号"] for row in csv.DictReader(text)}


@pytest.mark.usefixtures("secrets")
def test_the_addressed_file_holds_nobody_who_must_not_be_in_it(tmp_path):
    """Property over random words of people: only live consent, arm contact, on no other list."""
    lake, phones = write_world(tmp_path / "lake")
    token, rng = token_map(lake), np.random.default_rng(11)
    word = {p: str(rng.choice(["yes", "yes", "yes", "no", "objected", "silent"])) for p in phones}
    acts = [(token[p], "recall_sms", "granted") for p in phones if word[p] in ("yes", "no")]
    acts += [(token[p], "recall", "withdrawn") for p in phones if word[p] == "no"]
    acts += [(token[p], "recall", "objected") for p in phones if word[p] == "objected"]
    record(lake, acts)
    lately = [p for p in phones if rng.random() < 0.15]
    _list_before(lake, {p: token[p] for p in lately})
    done = build_audience(lake, "high_intent", "B", settings=KNOWN)
    name = "high_intent-v2-B-sms"
    members = lake.sql("SELECT * FROM audience_member WHERE audience_id = $name", name=name)
    agreed = {p for p, said in word.items() if said == "yes"} - set(lately)
    assert set(members["person_id"]) == agreed
    assert {"contact", "holdout"} <= set(members["arm"])
    assert done.rows_in == len(phones)
    later = members.loc[members["arm"] == "contact", "person_id"].tolist()[:3]
    for person in later:
        withdraw(lake, "phone", token[person], "recall_sms")
    sent = tmp_path / "send.csv"
    address_list(lake, name, write_contacts(tmp_path / "contacts.csv", phones), sent,
                 at=MORNING, settings=KNOWN)  # fmt: skip
    contact = set(members.loc[members["arm"] == "contact", "person_id"]) - set(later)
    assert addressed(sent) == {phones[p] for p in contact}
    off = lake.sql("SELECT * FROM audience_member WHERE removed_at IS NOT NULL")
    off = off.loc[off["audience_id"] == name, ["person_id", "removed_why"]]
    assert dict(off.to_numpy().tolist()) == dict.fromkeys(later, "withdrawn")
    _nothing_of_contacts(tmp_path / "lake", phones)
    assert sent.stat().st_mode & 0o077 == 0


def _list_before(lake: Lake, people: dict[str, str]) -> None:
    head = (
        Rows()
        .add("audience", audience_id="old", channel="sms", send_from_at=MORNING - timedelta(days=2),
             frozen_at=MORNING - timedelta(days=2), expires_at=MORNING + timedelta(days=5),
             as_of=MORNING.date())
    )  # fmt: skip
    for n, (person, token) in enumerate(people.items()):
        arm = "holdout" if n % 2 else "contact"
        head.add("audience_member", audience_id="old", person_id=person, arm=arm,
                 kind="phone", token=token)  # fmt: skip
    for table in ("audience", "audience_member"):
        lake.write(table, head.frame(table), mode="append")


def _nothing_of_contacts(folder: Path, phones: dict[str, str]) -> None:
    held = b"".join(f.read_bytes() for f in folder.rglob("*") if f.is_file())
    assert not any(p.encode() in held for p in phones.values())


@pytest.mark.usefixtures("secrets")
def test_a_list_is_frozen_once_says_what_it_can_show_and_leaves_late_data_out(tmp_path):
    lake, phones = write_world(tmp_path / "lake", 20)
    record(lake, [(token, "recall_sms", "granted") for token in token_map(lake).values()])
    more = (
        Rows()
        .seen("01-22 22:00", event_id="late", account_token="m1", name="view_item",
              received_at=at("01-24 00:00"))
        .bought("01-23 02:00", "night", account_token="m2")
        .bought("01-23 09:00", "after", account_token="m3")
    )  # fmt: skip
    more.rows["order_line"] = [r | {"sku_id": "S"} for r in more.rows["order_line"]]
    for table in more.rows:
        lake.write(table, more.frame(table), mode="append")
    done = build_audience(lake, "high_intent", "B", settings=KNOWN)
    row = lake.table("audience").iloc[0]
    people = set(lake.table("audience_member")["person_id"])
    assert people == set(phones) - {
        "p2"
    }  # p2 bought that night; of p3's order nobody knew at 08:00
    assert row["frozen_at"] == MORNING
    assert row["send_from_at"] == at("01-23 09:00")
    assert any("1 events of the window came later" in note for note in done.notes)
    again = build_audience(lake, "high_intent", "B", settings=KNOWN)
    assert again.skipped or not again.outputs
    other = load_definition("high_intent").model_copy(update={"title_en": "other"})
    with pytest.raises(ParameterError, match="new version"):
        build_audience(lake, other, "B", settings=KNOWN)


def _list_that_taught(lake: Lake, rng: np.random.Generator) -> None:
    """A list whose message moved those with two clicks and nobody else."""
    sent = at("01-02 09:00")
    rows = Rows().add("audience", audience_id="L0", definition="high_intent", channel="push", frozen_at=sent,
                      send_from_at=sent, expires_at=sent, as_of=sent.date(), outcome_days=7)  # fmt: skip
    for n in range(500):
        keen, told = bool(rng.random() < 0.5), bool(rng.random() < 0.5)
        rows.add("audience_member", audience_id="L0", person_id=f"q{n}", kind="phone", token="t",
                 arm="contact" if told else "holdout",
                 why=f'{{"clicks": {2 if keen else 1}}}')  # fmt: skip
        rows.add("person_member", kind="mall_account", id=f"q{n}", person_id=f"q{n}",
                 known_from_at=at("01-01 00:00"))  # fmt: skip
        if rng.random() < (0.7 if keen and told else 0.2):
            rows.bought("01-04 10:00", f"q{n}", 500, account_token=f"q{n}")
    for table in rows.rows:
        lake.write(table, rows.frame(table), mode="append")


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize("taught", [True, False])
def test_who_was_moved_by_past_lists_comes_first_only_if_they_tell_so(tmp_path, taught):
    lake, phones = write_world(tmp_path / "lake", 20)
    record(lake, [(token, "recall_sms", "granted") for token in token_map(lake).values()])
    keen = [f"p{n}" for n in range(1, 20, 2)]
    seen = Rows()
    for person in phones:
        for n in range(2 if person in keen else 1):
            seen.seen("01-22 20:30", event_id=f"k{person}{n}", account_token=f"a{person[1:]}",
                      platform="douyin",
                      name="live_product_click", sku_id="S", room_id="r1")  # fmt: skip
    lake.write("event", seen.frame("event"), mode="append")
    with pytest.raises(ParameterError, match="uplift"):
        build_audience(lake, "high_intent", "B", sort="uplifts", settings=KNOWN)
    with pytest.raises(MissingDataError, match="no list of 'high_intent'"):
        build_audience(lake, "high_intent", "B", sort="uplift", settings=KNOWN)
    _list_that_taught(lake, np.random.default_rng(3))
    if not taught:  # nobody bought: nothing can be learnt
        lake.write("order_header", lake.table("order_header").head(0), mode="replace")
    done = build_audience(lake, "high_intent", "B", sort="uplift", settings=KNOWN)
    members = lake.table("audience_member")
    first = members[members["audience_id"] != "L0"].sort_values("pos")["person_id"]
    assert len(first) == 20
    if taught:
        assert set(first.head(10)) == set(keen) and "sorted by uplift" in done.notes
    else:
        assert list(first) == sorted(phones)
        assert any("past lists tell nobody apart (few_buyers)" in note for note in done.notes)


@pytest.mark.usefixtures("secrets")
def test_addresses_lie_outside_the_data_not_after_the_end_and_never_ask_for_more(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    lake, phones = write_world(tmp_path / "data" / "lake", 12)
    record(lake, [(token, "recall_sms", "granted") for token in token_map(lake).values()])
    build_audience(lake, "high_intent", "B", settings=KNOWN)
    name, file = "high_intent-v2-B-sms", write_contacts(tmp_path / "c.csv", phones)
    (tmp_path / "reports").mkdir()
    for out in ("data/x.csv", "data/lake/x.csv", "reports/x.csv"):
        with pytest.raises(ParameterError, match="addresses belong elsewhere"):
            address_list(lake, name, file, out, at=MORNING, settings=KNOWN)
    with pytest.raises(ParameterError, match="expired"):
        address_list(lake, name, file, "x.csv", at=MORNING + timedelta(days=7), settings=KNOWN)
    lake.write("audience", lake.table("audience").assign(coupon_cost_fen=-100))
    with pytest.raises(ConsentError, match="ask anybody for more"):
        address_list(lake, name, file, "x.csv", at=MORNING, settings=KNOWN)
    assert not Path("x.csv").exists()


def test_a_share_of_coupons_is_unknown_with_little_evidence_and_shrunken_else():
    rows = Rows()
    for person, orders, coupons in (("a", 8, 8), ("b", 8, 0), ("c", 2, 2), ("d", 8, 4)):
        rows.add("person_member", kind="mall_account", id=person, person_id=person,
                 known_from_at=at("01-01 00:00"))  # fmt: skip
        for n in range(orders):
            rows.bought(f"01-{n + 1:02d} 10:00", f"{person}{n}", account_token=person)
            rows.rows["order_line"][-1]["sub_shop_fen"] = 10 * (n < coupons)
    rows.seen("01-01 09:00")
    with rows.connect() as con:
        create_people_codes(con, KNOWN)
        found = read_features(con, as_of=at("01-20 00:00").date(), from_at=at("01-15 00:00"),
                              at=at("01-20 08:00"), settings=KNOWN)  # fmt: skip
    share = found.drop_duplicates("person_id").set_index("person_id")["coupon_share"]
    assert np.isnan(share["c"])
    assert 0 < share["b"] < share["d"] < share["a"] < 1
    assert found.drop_duplicates("person_id").set_index("person_id").loc["a", "gap_days"] == 1


def test_expressions_see_the_features_only_and_errors_name_the_definition():
    shipped = {name: load_definition(name) for name in shipped_definitions()}
    assert set(shipped) == {"due", "high_intent", "lapsing", "price_sensitive"}
    one = shipped["lapsing"]
    frame = pd.DataFrame({"person_id": ["a"], "sku_id": [None], "orders": [1]})
    with pytest.raises(ParameterError, match="there is no column"):
        select_people(frame, one)
    bad = one.model_copy(
        update={"where": "x IN (SELECT 1 FROM read_csv('/etc/passwd'))", "why": ()}
    )
    with pytest.raises(ParameterError, match="definition lapsing"):
        select_people(frame, bad)
    for text in ("price_fen: 1", "coupon_fen: 100", "coupon_fen: -5"):
        with pytest.raises(ParameterError):
            read_definition(one.text.replace("coupon_fen: 0", text))


def test_messages_wait_for_the_morning_and_the_expected_rate_uses_the_chances():
    assert first_moment(at("01-23 22:00"), ZONE) == at("01-24 09:00")
    assert first_moment(at("01-23 10:30"), ZONE) == at("01-23 10:30")
    frame = pd.DataFrame({"person_id": ["a", "b"], "p_30": [0.3, np.nan], "orders_before": [0, 1]})
    rate = expected_rate(frame, pd.Series(["a", "b"]), 30)
    assert rate == pytest.approx((0.3 + 1 - 0.5 ** (30 / 7)) / 2)
    assert expected_rate(frame, pd.Series(["z"]), 7) is None


def test_who_is_taken_off_and_why():
    live = pd.DataFrame({"gone": [True, False, False, False, False],
                         "merged": [False, True, False, False, False]})  # fmt: skip
    why = removals(live, pd.Series({0: "withdrawn", 2: "no_consent", 3: "minor"}, dtype=object))
    assert why.where(why.notna(), None).tolist() == [
        "erased",
        "merged",
        "expired",
        "withdrawn",
        None,
    ]


@pytest.mark.usefixtures("secrets")
def test_an_erased_address_leaves_the_list(tmp_path):
    lake, _ = write_world(tmp_path / "lake", 8)
    record(lake, [(token, "recall_sms", "granted") for token in token_map(lake).values()])
    build_audience(lake, "high_intent", "B", settings=KNOWN)
    members = lake.table("person_member")
    lake.write("person_member", members[members["person_id"] != "p1"])
    refresh_audiences(lake)
    off = lake.table("audience_member").dropna(subset="removed_at")
    assert off[["person_id", "removed_why"]].to_numpy().tolist() == [["p1", "erased"]]


def test_a_stay_that_no_source_tells_is_from_the_first_to_the_last_thing_done():
    rows = Rows().add("broadcast", broadcast_id="B", platform_room_id="r")
    for person in "ab":
        rows.add("person_member", kind="uid_douyin", id=person, person_id=person,
                 known_from_at=at("01-01 00:00"))  # fmt: skip
        for n, time in enumerate(("20:00", "20:07")):
            told = {"watch_ms": 1000} if person == "b" else {}
            rows.seen(f"01-22 {time}", event_id=f"{person}{n}", account_token=person, room_id="r",
                      platform="douyin", name="live_like" if n else "live_enter", **told)  # fmt: skip
    with rows.connect() as con:
        create_people_codes(con, KNOWN)
        found = read_features(con, as_of=MORNING.date(), from_at=at("01-22 19:00"), at=MORNING,
                              settings=KNOWN, broadcast_id="B")  # fmt: skip
    assert found.set_index("person_id")["watch_s"].to_dict() == {"a": 420.0, "b": 2.0}


@pytest.mark.usefixtures("secrets")
def test_a_list_of_nobody_is_a_list_and_one_that_was_cut_off_is_built_again(tmp_path):
    lake, _ = write_world(tmp_path / "lake", 6)
    build_audience(lake, "high_intent", "B", settings=KNOWN)
    row = lake.table("audience").iloc[0]
    assert (row["n_found"], row["n_refused"], row["n_contact"]) == (6, 6, 0)  # nobody agreed
    record(lake, [(token, "recall_sms", "granted") for token in token_map(lake).values()])
    lake.write("audience", lake.table("audience").iloc[:0])
    build_audience(lake, "high_intent", "B", settings=KNOWN)
    before = lake.table("audience_member"), lake.table("holdout_group")
    lake.write("audience", lake.table("audience").iloc[:0])
    build_audience(lake, "high_intent", "B", settings=KNOWN)
    assert len(before[0]) == 6
    pd.testing.assert_frame_equal(lake.table("audience_member"), before[0])
    pd.testing.assert_frame_equal(
        lake.table("holdout_group").drop(columns="assigned_at"),
        before[1].drop(columns="assigned_at"),
    )


@pytest.mark.parametrize(
    ("end", "frozen"),
    [("2026-05-02 22:30", 3), ("2026-05-03 00:30", 3), ("2026-05-03 07:30", 4)],
)
def test_a_list_is_frozen_on_the_next_morning_also_after_midnight(end, frozen):
    ended = pd.Timestamp(end, tz="Asia/Shanghai").to_pydatetime()
    found = next_morning(ended, "Asia/Shanghai")
    assert (found.day, found.hour, found.minute) == (frozen, 8, 0)


@pytest.mark.parametrize(
    ("substitutes", "listed"), [(1, ["none", "other"]), (0, ["like", "none", "other"])]
)
def test_who_bought_a_variant_or_a_substitute_has_converted(substitutes, listed):
    """All fill a cart with the red one; each then buys something else, or sends it back."""
    rows = Rows().add("broadcast", broadcast_id="B", platform_room_id="r")
    goods = {"red": ("Lipstick", "lips"), "pink": ("Lipstick", "lips"), "balm": ("Balm", "lips"),
             "soap": ("Soap", "bath")}  # fmt: skip
    for sku, (name, category) in goods.items():
        rows.add("product", merchant_sku=sku, name=name, spec=sku, category=category)
        rows.add("sku_map", platform="mall", platform_sku_id=sku, merchant_sku=sku,
                 valid_from_at=at("01-01 00:00"))  # fmt: skip
    buys = {"same": "red", "variant": "pink", "like": "balm", "other": "soap", "none": None}
    for person, sku in buys.items():
        rows.add("person_member", kind="mall_account", id=person, person_id=person,
                 known_from_at=at("01-01 00:00"))  # fmt: skip
        for name, seen_sku in (("live_enter", None), ("add_to_cart", "red")):
            rows.seen(
                "01-22 20:10", account_token=person, name=name, sku_id=seen_sku, broadcast_id="B"
            )
        rows.bought("01-22 19:00", f"before-{person}", account_token=person)  # counts for nobody
        rows.rows["order_line"][-1]["sku_id"] = "balm"
        if sku:
            rows.bought("01-22 21:00", person, account_token=person)
            rows.rows["order_line"][-1]["sku_id"] = sku
    with rows.connect() as con:
        create_people_codes(con, KNOWN)
        found = read_features(con, as_of=MORNING.date(), from_at=at("01-22 19:30"), at=MORNING,
                              settings=KNOWN, broadcast_id="B")  # fmt: skip
    red = found[found["sku_id"] == "red"].set_index("person_id")
    assert red["bought"].to_dict() == {"same": 1, "variant": 1, "like": 0, "other": 0, "none": 0}
    assert red["bought_like"].to_dict() == {
        "same": 1,
        "variant": 1,
        "like": 1,
        "other": 0,
        "none": 0,
    }
    assert (found["bought"] <= found["bought_like"]).all()
    made = load_definition("high_intent")
    made = made.model_copy(update={"parameters": made.parameters | {"substitutes": substitutes}})
    met = select_people(found[found["sku_id"].notna()], made)
    assert sorted(met.loc[met["sku_id"] == "red", "person_id"]) == listed
