"""Codes: one number an identifier, exact even where hashes collide, whatever the row order."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.errors import LakeError, ParameterError, TableError
from liveattr.identity import codes as module
from liveattr.identity.codes import Codes

# Long common beginnings, zero bytes, empty text and Chinese: where comparing by words could slip.
TEXTS = st.text(alphabet="ab\0é券", max_size=3) | st.sampled_from(
    [
        "token-0001",
        "token-0002",
        "token-00011",
        "token-0001\0",
        "券" * 6,
        "券" * 6 + "x",
        "12345678",
    ]
)
ROWS = st.lists(
    st.tuples(st.sampled_from(["phone", "device", "ph", "é"]) | st.none(), TEXTS | st.none()),
    max_size=25,
)
BATCHES = st.lists(ROWS, max_size=4)


def frame(rows: list[tuple[str | None, str | None]]) -> pa.Table:
    return pa.table(
        {"kind": pa.array([r[0] for r in rows], pa.string()),
         "id": pa.array([r[1] for r in rows], pa.string())}
    )  # fmt: skip


def expected(batches: list[list[tuple[str | None, str | None]]]) -> dict[tuple[str, str], int]:
    """Number the identifiers of each batch in the order of their bytes, in plain Python."""
    known: dict[tuple[str, str], int] = {}
    for rows in batches:
        new = {(k, i) for k, i in rows if k is not None and i is not None} - set(known)
        for pair in sorted(new, key=lambda pair: (pair[0].encode(), pair[1].encode())):
            known[pair] = len(known)
    return known


@settings(deadline=None, max_examples=60)
@given(BATCHES, st.sampled_from([0xFFFFFFFF, 0b11, 0]))
def test_numbers_are_those_of_a_dictionary(batches, keep) -> None:
    """`keep` leaves 32, 2 or no bits of the hash, so that nearly all identifiers collide."""
    codes = Codes()
    codes._keep = keep
    for rows in batches:
        codes.encode(frame(rows))
    known = expected(batches)
    assert len(codes) == len(known)
    found = codes.identifiers().to_pylist()
    assert [(row["kind"], row["id"]) for row in found] == list(known)
    everything = [row for rows in batches for row in rows] + [("phone", "never seen")]
    assert codes.find(frame(everything)).tolist() == [known.get(r, -1) for r in everything]  # type: ignore[arg-type]


@settings(deadline=None, max_examples=30)
@given(ROWS, ROWS, st.randoms(use_true_random=False), st.integers(1, 5))
def test_row_order_and_blocks_within_a_batch_change_nothing(first, second, random, block) -> None:
    plain, mixed = Codes(), Codes()
    for rows in (first, second):
        plain.encode(frame(rows))
        shuffled = rows + rows[:3]
        random.shuffle(shuffled)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "_BLOCK", block)
            numbers = mixed.encode(frame(shuffled))
        known = expected([first, second])
        assert numbers.tolist() == [known.get(r, -1) for r in shuffled]  # type: ignore[arg-type]
    assert mixed.identifiers().equals(plain.identifiers())


def test_ends_of_edges_are_one_batch_in_any_form() -> None:
    edges = pd.DataFrame(
        {"left_kind": ["phone", "openid", "phone"], "left_id": ["2", "o", "1"],
         "right_kind": ["device", None, "device"], "right_id": ["x", "y", "x"]}
    )  # fmt: skip
    text = pa.Table.from_pandas(edges)
    schemas = [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int8(), pa.string()),
    ]
    forms = [edges, edges.astype("category"), *text.to_batches()]
    forms += [pa.table({c: text[c].cast(kind) for c in text.column_names}) for kind in schemas]
    for form in forms:
        codes = Codes()
        left, right = codes.encode_edges(form)
        assert (left.tolist(), right.tolist()) == ([3, 1, 2], [0, -1, 0])
        assert left.dtype == np.int32
    assert Codes().encode_edges(edges.iloc[1:1])[0].tolist() == []
    assert edges["left_id"].tolist() == ["2", "o", "1"]


def test_the_table_grows_and_numbers_stay() -> None:
    codes, rng = Codes(), np.random.default_rng(3)
    known: dict[str, int] = {}
    for _ in range(5):
        ids = [str(number) for number in rng.integers(0, 9_000, 3_000)]
        numbers = codes.encode(pd.DataFrame({"kind": "device", "id": ids}))
        for text in sorted(set(ids) - set(known)):
            known[text] = len(known)
        assert numbers.tolist() == [known[text] for text in ids]


def test_kept_on_disk_piece_by_piece(tmp_path: Path) -> None:
    codes = Codes()
    rows = [[("phone", "1"), ("device", "x")], [("unionid", "u"), ("phone", "0")]]
    codes.encode(frame(rows[0]))
    codes.save(tmp_path / "codes")
    again = Codes.load(tmp_path / "codes")
    for one in (codes, again):
        assert one.encode(frame(rows[1] + rows[0])).tolist() == [3, 2, 1, 0]
    again.save(tmp_path / "codes")
    again.save(tmp_path / "codes")
    assert sorted(path.name for path in (tmp_path / "codes").iterdir()) == [
        "from-000000000000.parquet", "from-000000000002.parquet"
    ]  # fmt: skip
    assert Codes.load(tmp_path / "codes").identifiers().equals(codes.identifiers())
    with pytest.raises(LakeError, match="is there already"):
        codes.save(tmp_path / "codes")
    first = tmp_path / "codes" / "from-000000000000.parquet"
    pq.write_table(pa.concat_tables([pq.read_table(first)] * 2), first)
    with pytest.raises(LakeError, match="twice"):
        Codes.load(tmp_path / "codes")
    first.unlink()
    with pytest.raises(LakeError, match="a file is missing"):
        Codes.load(tmp_path / "codes")
    assert len(Codes.load(tmp_path / "nothing")) == 0


def test_what_is_no_identifier_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TableError, match="'kind' is missing"):
        Codes().encode(pd.DataFrame({"id": ["1"]}))
    with pytest.raises(TableError, match=r"'id' is int64; identifiers are text"):
        Codes().encode(pd.DataFrame({"kind": ["phone"], "id": [13800138000]}))
    with pytest.raises(TableError, match="not text"):
        Codes().encode(pd.DataFrame({"kind": ["phone", "phone"], "id": ["1", 2]}))
    monkeypatch.setattr(module, "_MOST_KINDS", 1)
    with pytest.raises(ParameterError, match="wrong way round"):
        Codes().encode(frame([("1", "phone"), ("2", "phone")]))
