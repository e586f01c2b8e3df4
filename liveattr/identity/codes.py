"""Identifiers (kind, id) as small whole numbers: coded once, kept for good.

Text is what makes a graph of identifiers slow, so each identifier is looked at once. What follows
(components, people) works on four-byte numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from liveattr.errors import LakeError, ParameterError, TableError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Codes"]

_BLOCK = 1 << 18
"""[rows] coded in one go: what is held twice is never more than this."""

_FIRST_SLOTS = 1 << 10
_FULL = 0.6
"""Share of the hash table in use at which it is doubled."""

_MOST_CODES = (1 << 31) - 1
_MOST_KINDS = (1 << 15) - 1
_SCHEMA = pa.schema([("kind", pa.dictionary(pa.int32(), pa.string())), ("id", pa.large_string())])

_Ints = NDArray[np.integer]


class _Text(NamedTuple):
    """Identifiers as numpy sees them: kind number (-1 is null), bytes, and where each begins."""

    kinds: NDArray[np.int16]
    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]


class Codes:
    """A growing dictionary of identifiers: (kind, id) to 0, 1, 2 and so on, and back.

    Notes
    -----
    New identifiers of one batch get the next numbers in the order of their (kind, id), compared
    as UTF-8 bytes; so the numbers depend on the batches and their sequence, not on the order of
    rows within one. A number, once given, never changes.

    Exact: identifiers are found by a 32-bit hash and always compared byte by byte, so a collision
    costs time and never makes two identifiers one. Somebody who can choose identifiers could slow
    it down with collisions; in the lake they are keyed tokens, which nobody can choose.

    Memory per identifier: its bytes, 10 bytes, and 13 to 27 bytes of hash table.

    Examples
    --------
    >>> import pandas as pd
    >>> codes = Codes()
    >>> codes.encode(pd.DataFrame({"kind": ["phone", "device"], "id": ["7", "x"]})).tolist()
    [1, 0]
    >>> codes.encode(pd.DataFrame({"kind": ["device", "device"], "id": ["y", "x"]})).tolist()
    [2, 0]
    >>> codes.identifiers().to_pandas().values.tolist()
    [['device', 'x'], ['phone', '7'], ['device', 'y']]
    """

    def __init__(self) -> None:
        self._kinds: dict[str, int] = {}
        self._count = 0
        self._n_saved = 0
        self._keep = 0xFFFFFFFF  # bits of the hash in use; fewer of them in tests
        self._slots = np.zeros(_FIRST_SLOTS, dtype=np.int64)
        self._kind_of = np.zeros(0, dtype=np.int16)
        self._starts = np.zeros(1, dtype=np.int64)
        self._arena = np.zeros(0, dtype=np.uint8)

    def __len__(self) -> int:
        return self._count

    def encode(self, identifiers: pd.DataFrame | pa.Table | pa.RecordBatch) -> NDArray[np.int32]:
        """Return the number of each identifier, giving new ones the next numbers.

        Parameters
        ----------
        identifiers
            Text columns `kind, id` in any row order; other columns are ignored.

        Returns
        -------
        numpy.ndarray of int32, shape (n_rows,)
            -1 where kind or id is null.

        Raises
        ------
        TableError
            If a column is missing or is not text.
        ParameterError
            If there would be more than 2³¹ - 1 identifiers, or 2¹⁵ - 1 kinds.
        """
        [found] = self._number(identifiers, [("kind", "id")], insert=True)
        return found

    def encode_edges(
        self, edges: pd.DataFrame | pa.Table | pa.RecordBatch
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the numbers of both ends of each edge; both columns are one batch.

        Parameters
        ----------
        edges
            Text columns `left_kind, left_id, right_kind, right_id`; other columns are ignored.

        Returns
        -------
        tuple of two numpy.ndarray of int32, shape (n_rows,)
            -1 where kind or id of the end is null.

        Raises
        ------
        TableError, ParameterError
            As `encode`.
        """
        ends = [("left_kind", "left_id"), ("right_kind", "right_id")]
        left, right = self._number(edges, ends, insert=True)
        return left, right

    def find(self, identifiers: pd.DataFrame | pa.Table | pa.RecordBatch) -> NDArray[np.int32]:
        """Return the number of each identifier, -1 where it is unknown; nothing is added."""
        [found] = self._number(identifiers, [("kind", "id")], insert=False)
        return found

    def identifiers(self, start: int = 0, stop: int | None = None) -> pa.Table:
        """Return `kind, id` of the numbers from `start` up to `stop`, in their order."""
        start, stop, _ = slice(start, stop).indices(self._count)
        stop = max(start, stop)
        kind = pa.DictionaryArray.from_arrays(
            pa.array(self._kind_of[start:stop].astype(np.int32)),
            pa.array(list(self._kinds), type=pa.string()),
        )
        base = self._starts[start]
        text = pa.LargeStringArray.from_buffers(
            stop - start,
            pa.py_buffer(self._starts[start : stop + 1] - base),
            pa.py_buffer(self._arena[base : self._starts[stop]].copy()),
        )
        return pa.table([kind, text], schema=_SCHEMA)

    def save(self, folder: str | Path) -> None:
        """Write the identifiers that are new since the last `save` or `load`.

        Parameters
        ----------
        folder
            Gets one Parquet file `from-<first number>.parquet` a call, columns `kind, id`; the
            row's place is the number. Made if it is not there.

        Raises
        ------
        LakeError
            If a file of that name is there: another process has saved, or the folder is of
            other codes.

        Notes
        -----
        The files hold the identifiers themselves: who must forget one deletes the folder and codes
        anew those that stay.
        """
        if self._n_saved == self._count and Path(folder).is_dir():
            return
        Path(folder).mkdir(parents=True, exist_ok=True)
        path = Path(folder) / f"from-{self._n_saved:012d}.parquet"
        if path.exists():
            raise LakeError(
                f"{path}: is there already; load the codes of this folder and add to them"
            )
        beside = path.with_name(f".{path.name}.part")
        with pq.ParquetWriter(beside, _SCHEMA, compression="zstd", use_dictionary=["kind"]) as file:
            for start in range(self._n_saved, self._count, _BLOCK):
                file.write_table(self.identifiers(start, min(start + _BLOCK, self._count)))
        beside.replace(path)
        self._n_saved = self._count

    @classmethod
    def load(cls, folder: str | Path) -> Codes:
        """Read what `save` wrote; an empty or missing folder gives no identifiers.

        Raises
        ------
        LakeError
            If a file is missing, or an identifier is there twice.
        """
        codes = cls()
        for path in sorted(Path(folder).glob("from-*.parquet")):
            if path.name != f"from-{codes._count:012d}.parquet":
                raise LakeError(
                    f"{path}: does not follow {codes._count} identifiers; a file is missing"
                )
            with pq.ParquetFile(path, read_dictionary=["kind"], pre_buffer=False) as file:
                codes._make_room(file.metadata.num_rows, 0)
                for batch in file.iter_batches(_BLOCK):
                    codes._restore(batch, path)
        codes._n_saved = codes._count
        return codes

    def _number(
        self, frame: Any, ends: Sequence[tuple[str, str]], *, insert: bool
    ) -> list[NDArray[np.int32]]:
        table = _text_table(frame, [column for end in ends for column in end])
        if insert:
            for kind, _ in ends:
                self._learn_kinds(table[kind])
        first = self._count
        found = [np.empty(table.num_rows, dtype=np.int32) for _ in ends]
        for start, batch in _blocks(table):
            for (kind, text), out in zip(ends, found, strict=True):
                rows = self._read(batch[kind], batch[text])
                self._look_up(rows, out[start : start + batch.num_rows], insert=insert)
        if self._count > first:
            rank = self._settle(first)
            for out in found:
                new = out >= first
                out[new] = first + rank[out[new] - first]
        return found

    def _look_up(self, rows: _Text, out: NDArray[np.int32], *, insert: bool) -> None:
        from liveattr.identity.kernels import look_up

        if insert:
            self._make_room(len(rows.kinds), int(rows.offsets[-1] - rows.offsets[0]))
        self._count, _ = look_up(
            *rows, self._slots, self._keep, self._kind_of, self._starts, self._arena,
            self._count, insert, out,
        )  # fmt: skip

    def _make_room(self, n_rows: int, n_bytes: int) -> None:
        """Have room for so many more identifiers and bytes of text."""
        from liveattr.identity.kernels import rehash

        count = self._count + n_rows
        if count > _MOST_CODES:
            raise ParameterError(f"more than {_MOST_CODES:,} identifiers do not fit one dictionary")
        _stretch(self._kind_of, count)
        _stretch(self._starts, count + 1)
        _stretch(self._arena, int(self._starts[self._count]) + n_bytes)
        size = len(self._slots)
        while count > size * _FULL:
            size *= 2
        if size > len(self._slots):
            larger = np.zeros(size, dtype=np.int64)
            rehash(self._slots, larger)
            self._slots = larger

    def _learn_kinds(self, column: pa.ChunkedArray) -> None:
        for kind in sorted(set(column.unique().to_pylist()) - {None} - set(self._kinds)):
            self._kinds[kind] = len(self._kinds)
        if len(self._kinds) > _MOST_KINDS:
            raise ParameterError(
                f"{len(self._kinds):,} kinds; are kind and id the wrong way round?"
            )

    def _read(self, kind: pa.Array, text: pa.Array) -> _Text:
        """Return one block as numpy arrays; a kind that is not known counts as null."""
        known = np.array([self._kinds.get(k, -1) for k in kind.dictionary.to_pylist()] + [-1])
        place = kind.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        kinds = known.astype(np.int16)[place]
        if text.null_count:
            kinds[text.is_null().to_numpy(zero_copy_only=False)] = -1
        _, offsets, data = text.buffers()
        if offsets is None or not len(text):
            return _Text(kinds, _fixed(b"", np.uint8), _fixed(bytes(8 * (len(text) + 1)), np.int64))
        ends = _fixed(offsets, np.int64)[text.offset : text.offset + len(text) + 1]
        return _Text(kinds, _fixed(data or b"", np.uint8), ends)

    def _settle(self, first: int) -> NDArray[np.int64]:
        """Renumber the identifiers from `first` on by (kind, id); returns old place → new place."""
        from liveattr.identity.kernels import settle

        order = self._order(first)
        rank = np.empty_like(order)
        settle(
            order, first, self._slots, self._keep, self._kind_of, self._starts, self._arena, rank
        )
        return rank

    def _order(self, first: int) -> NDArray[np.int64]:
        """Sort the identifiers from `first` on: by kind, then eight bytes at a time where equal."""
        from liveattr.identity.kernels import words

        by_text = {kind: rank for rank, kind in enumerate(sorted(self._kinds, key=str.encode))}
        rank_of = np.array([by_text[kind] for kind in self._kinds])
        order = np.argsort(rank_of[self._kind_of[first : self._count]], kind="stable")
        rank = rank_of[self._kind_of[first : self._count]][order]
        new = np.r_[True, rank[1:] != rank[:-1]]  # begins a run of rows that are equal so far
        length = np.diff(self._starts[first : self._count + 1])
        skip = 0
        while True:
            run = np.cumsum(new)
            tied = np.flatnonzero(~new | ~np.r_[new[1:], True])
            if not len(tied):
                return order
            rows = order[tied]
            key = np.empty(len(rows), dtype=np.uint64)
            if skip < length[rows].max():
                words(self._arena, self._starts, rows + first, skip, key)
            else:  # differ in zero bytes at the end only
                key[:] = length[rows]
            by = np.lexsort((key, run[tied]))
            order[tied], key = rows[by], key[by]
            new[tied[1:]] |= key[1:] != key[:-1]
            skip += 8

    def _restore(self, batch: pa.RecordBatch, path: Path) -> None:
        """Append stored identifiers in the order in which they stand."""
        table = _text_table(pa.table(batch), ["kind", "id"])
        self._learn_kinds(table["kind"])
        for _, block in _blocks(table):
            rows, count = self._read(block["kind"], block["id"]), self._count
            self._look_up(rows, np.empty(block.num_rows, dtype=np.int32), insert=True)
            if self._count != count + block.num_rows:
                raise LakeError(f"{path}: holds an identifier twice; the codes must be made anew")


def _stretch(array: NDArray[Any], size: int) -> None:
    """Make an array longer in place, by a quarter more than asked so that steps stay few."""
    if size > len(array):
        array.resize(size + size // 4, refcheck=False)


def _fixed(buffer: Any, dtype: type[np.generic]) -> NDArray[Any]:
    """Return a view that cannot be written: numba compiles anew for one that can."""
    view = np.frombuffer(buffer, dtype=dtype)
    view.flags.writeable = False
    return view


def _text_table(frame: Any, columns: list[str]) -> pa.Table:
    """Return the columns as Arrow text: each even one (kind) a dictionary, the others plain."""
    if isinstance(frame, pa.RecordBatch):
        frame = pa.Table.from_batches([frame])
    names = frame.column_names if isinstance(frame, pa.Table) else list(frame.columns)
    missing = [column for column in columns if column not in names]
    if missing:
        raise TableError(f"column {missing[0]!r} is missing; expected {columns}")
    found = {}
    for place, name in enumerate(columns):
        column = frame[name]
        try:
            if not isinstance(column, pa.ChunkedArray):
                column = pa.chunked_array([pa.array(column, from_pandas=True)])
            if not _is_text(column.type):
                raise TableError(f"column {name!r} is {column.type}; identifiers are text")
            if place % 2 == 0:
                found[name] = _as_dictionary(column)
            else:
                found[name] = column.cast(pa.large_string())
        except pa.ArrowException as error:
            raise TableError(f"column {name!r} is not text: {error}") from error
    return pa.table(found)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    texts = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_string_view,
        pa.types.is_null,
    )
    return any(is_kind(kind) for is_kind in texts)


def _as_dictionary(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    return column.cast(pa.dictionary(pa.int32(), pa.string()))


def _blocks(table: pa.Table) -> Iterator[tuple[int, pa.RecordBatch]]:
    start = 0
    for batch in table.to_batches(max_chunksize=_BLOCK):
        yield start, batch
        start += batch.num_rows
