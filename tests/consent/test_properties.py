"""Whatever is said, merged and split in whatever order: no row crosses a gate without a live basis."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.consent import GATES, create_own_state, pass_gate, sample_assessments, strictest_sql
from liveattr.consent.purposes import ALL, PURPOSES
from tests.consent.worlds import DAY, acts
from tests.database import connect

IDS = {"phone": ("p1", "p2"), "openid": ("o1",), "uid_douyin": ("u1", "u2")}
WHO = [(kind, name) for kind, names in IDS.items() for name in names]
KIND = {name: kind for kind, name in WHO}
WITHIN = {p: one.within for p, one in PURPOSES.items() if one.within}
BASES = (None, "contract", "consent", "research", "row", "nonsense")
ASSESSED = sample_assessments()
SAID = st.tuples(
    st.sampled_from([name for _, name in WHO]),
    st.sampled_from(["attribution", "fuzzy_match", "recall", "recall_sms", ALL]),
    st.sampled_from(["granted", "granted", "withdrawn", "objected", "expired", "minor"]),
    st.integers(0, 5),
    st.booleans(),
).filter(lambda act: (act[1], act[2]) != (ALL, "granted"))
GROUPS = st.lists(st.integers(0, 3), min_size=len(WHO), max_size=len(WHO))
WORLD = st.tuples(st.lists(SAID, max_size=10), GROUPS, st.integers(0, 3), st.integers(0, 3))


def heard(said: tuple, purpose: str) -> bool:
    """Is this act about the purpose? Written out anew, not taken from the code."""
    about, action = said[1], said[2]
    if action == "minor" or about == purpose or WITHIN.get(purpose) == about:
        return True
    if action == "granted":
        return False
    return about == ALL or (
        action in ("withdrawn", "objected") and (purpose, about) == ("fuzzy_match", "attribution")
    )


def own_word(told: list[tuple], purpose: str) -> str:
    """Tell the story of one identifier act by act."""
    state, child = "none", False
    for act in sorted(told, key=lambda act: (act[3], act[5])):
        if not heard(act, purpose):
            continue
        action, guardian = act[2], act[4]
        if action == "minor":
            state, child = "withdrawn", True
        elif action == "granted":
            state = state if child and not guardian else "granted"
        elif action == "expired":
            state = "none" if state == "granted" else state
        else:
            state = "withdrawn"
    return state


def strictest(states: list[str]) -> str:
    return next((s for s in ("withdrawn", "granted") if s in states), "none")


def states_of(worlds: list[tuple], *partitions: list[list[int]]) -> list[pd.DataFrame]:
    """Let the code say what holds for everybody of some worlds, grouped in one way and another."""
    said = [(f"{w}{act[0]}", *act[1:]) for w, world in enumerate(worlds) for act in world[0]]
    frame = acts(*said).astype({"subject_token": "string", "purpose": "string"})
    with connect() as con:
        con.register("given", frame.assign(subject_kind=[KIND[act[0][1:]] for act in said]))
        con.execute("CREATE TEMP TABLE act AS FROM given")
        create_own_state(con, "act")
        found = []
        for partition in partitions:
            placed = [
                (kind, f"{w}{i}", f"{w}g{group}")
                for w, groups in enumerate(partition)
                for (kind, i), group in zip(WHO, groups, strict=True)
            ]
            con.register("person_group", pd.DataFrame(placed, columns=["kind", "id", "person_id"]))
            found.append(con.sql(strictest_sql()).df())
        return found


def live(gate: str, purpose: str, row, state: str) -> bool:
    """May this row pass? The duties as they are written, one by one."""
    crossing = row.left_kind.startswith("uid_") != row.right_kind.startswith("uid_")
    if row.tier == "C" and not (purpose == "fuzzy_match" and gate in ("G2", "G4", "G7")):
        return False
    if gate == "G1" and row.basis == "contract":
        return True
    if state == "withdrawn":
        return False
    if state == "granted":
        return True
    if gate == "G5" or purpose == "fuzzy_match":
        return False
    if row.basis in ("research", "row"):
        return True
    return row.basis in ("contract", "consent") and (
        gate == "G1" or (gate in ("G2", "G3") and not crossing)
    )


ROWS = pd.DataFrame(
    [
        (KIND[a], a, KIND[b], b, basis, tier)
        for n, (a, b) in enumerate((a, b) for _, a in WHO for _, b in WHO if a < b)
        for basis in BASES
        for tier in ("A", "C")[: 1 + n % 2]
    ],
    columns=["left_kind", "left_id", "right_kind", "right_id", "basis", "tier"],
)
SIDES = [("left_kind", "left_id"), ("right_kind", "right_id")]


ASKED = [(g, p) for g in GATES for p in ("attribution", "fuzzy_match", "recall_sms")
         if g != "G6" and (p == "recall_sms") == (g == "G5")]  # fmt: skip


@settings(max_examples=10, deadline=None)
@given(st.lists(WORLD, min_size=1, max_size=9), st.sampled_from(ASKED))
def test_no_row_crosses_a_gate_without_a_live_basis(worlds, asked):
    before = [groups for _, groups, _, _ in worlds]
    # One merge; or, of a group with itself, a split of everybody.
    after = [
        [*range(len(WHO))] if one == other else [one if g == other else g for g in groups]
        for _, groups, one, other in worlds
    ]
    found = states_of(worlds, before, after)
    got = [{(r.id, r.purpose): r.state for r in states.itertuples()} for states in found]
    for w, (said, *_) in enumerate(worlds):
        told = [(*act, n) for n, act in enumerate(said)]
        own = {(i, p): own_word([a for a in told if a[0] == i], p) for i in KIND for p in PURPOSES}
        for state, groups in zip(got, (before[w], after[w]), strict=True):
            for (_, i), group in zip(WHO, groups, strict=True):
                mates = [name for (_, name), g in zip(WHO, groups, strict=True) if g == group]
                for p in PURPOSES:
                    due = strictest([own[mate, p] for mate in mates])
                    assert state.get((f"{w}{i}", p), "none") == due
                    if own[i, p] == "withdrawn":  # no merge widens it
                        assert due == "withdrawn"
                    if len(mates) == 1:  # a split gives each side its own word back
                        assert due == own[i, p]
    rows = pd.concat(
        [ROWS.assign(left_id=f"{w}" + ROWS["left_id"], right_id=f"{w}" + ROWS["right_id"])
         for w in range(len(worlds))], ignore_index=True,
    )  # fmt: skip
    gate, purpose = asked
    passed = pass_gate(gate, rows, purpose=purpose, states=found[1],
                       assessments=ASSESSED, today=DAY, ids=SIDES)  # fmt: skip
    through = set(passed.frame.index)
    for row in rows.itertuples():
        both = [got[1].get((i, purpose), "none") for i in (row.left_id, row.right_id)]
        assert (row.Index in through) == live(gate, purpose, row, strictest(both))
    assert len(passed.frame) + len(passed.refused) == len(rows)
