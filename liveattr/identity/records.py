"""Customer records (names, dates, cards, addresses) that are likely one person, by Splink.

Splink is optional: `pip install 'liveattr[linkage]'`. What it finds is scored evidence (tier C): it
never merges people by itself.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from liveattr.errors import MissingDataError, ParameterError, TableError
from liveattr.identity.components import smallest_reachable

__all__ = ["RecordLinks", "link_records"]

_RANDOM_PAIRS = 2_000_000
"""Pairs of strangers from which Splink learns how often a column agrees by chance."""

_RECALL = 0.8
"""Share of true pairs that agree on a number, or on all names and a date: a guess that only sets
where Splink begins to learn."""

_ID, _SOURCE = "record_id", "record_source"


@dataclass(frozen=True)
class RecordLinks:
    """Pairs of records that are likely one person, and the groups that they make.

    Attributes
    ----------
    edges : pandas.DataFrame
        `left_id, right_id, probability, weight, tier`, left before right, in this order; `weight` is
        log₂ of the odds p / (1 - p) in bits, `tier` is always "C".
    clusters : pandas.DataFrame
        `id, cluster`, every record once, ordered by id; `cluster` is the first id of the group.
    """

    edges: pd.DataFrame
    clusters: pd.DataFrame


def link_records(
    frame: pd.DataFrame,
    *,
    unique_id: str,
    names: Sequence[str] = (),
    dates: Sequence[str] = (),
    numbers: Sequence[str] = (),
    texts: Sequence[str] = (),
    source: str | None = None,
    settings: Mapping[str, Any] | None = None,
    threshold: float = 0.5,
    seed: int = 1,
) -> RecordLinks:
    """Find records of one person in a customer file, or between two files.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a record. Values are compared as text; empty text counts as null.
    unique_id
        Column that names the record; unique and not null.
    names
        Columns with given and family names (compared by Jaro-Winkler, common names weigh less).
    dates
        Dates as text, such as a birthday (compared by typing errors, swapped digits too).
    numbers
        Nearly unique numbers: card, phone, social number (typing errors).
    texts
        Everything else: street, suburb, postcode, town (Jaro-Winkler, common values weigh less).
    source
        Column that says from which file a record is. If given, only records of different files are
        compared: use it where each file is free of repeats.
    settings
        A trained Splink model (`linker.misc.save_model_to_json`), taken as it is: the columns above
        are then not used and nothing is learned.
    threshold
        [0, 1] Least probability of an edge; clusters are the connected components of the edges.
    seed
        Of the random pairs of strangers.

    Returns
    -------
    RecordLinks

    Raises
    ------
    MissingDataError
        If Splink is not installed, or no two records share a value.
    TableError
        If a column is missing, or `unique_id` has a null or a repeat.
    ParameterError
        If there are fewer than two columns to learn from, or `threshold` is no probability.

    Notes
    -----
    Fellegi-Sunter: the evidence of a pair is the sum over columns of log₂(m / u), m and u the chances
    that the column agrees so well among pairs of one person and of strangers. u from random pairs, m
    by expectation maximisation in two blocks. Only pairs that share a number, a date, or two of the
    names and texts are looked at: a column that half the records share makes that slow; leave it out.
    A degree of agreement that never occurs keeps Splink's default m. The result does not depend on
    row order.

    Wrong when columns depend on each other (a household shares name and address, so that spouses look
    like one person), or when a file has hardly any true pairs to learn from. Needs the persons'
    consent to be used: names and addresses never enter the lake.

    Source: Fellegi and Sunter, A theory for record linkage, JASA 64 (1969); Splink 5.
    """
    columns = [*names, *dates, *numbers, *texts]
    _check(frame, unique_id, columns, source, threshold, settings)
    _need_splink()
    records = _records(frame, unique_id, columns if settings is None else None, source)
    with _quiet(), duckdb.connect() as con:
        con.execute("SET enable_progress_bar = false")
        con.execute("SET threads = 1")  # else the random pairs differ from run to run
        linker = _linker(con, records, settings or _model(names, dates, numbers, texts, source))
        if settings is None:
            _train(linker, records, names, dates, numbers, texts, seed)
        found = linker.inference.predict(threshold_match_probability=threshold)
        pairs = con.sql(
            f'SELECT "{_ID}_l" AS l, "{_ID}_r" AS r, match_probability AS probability, '
            f"match_weight AS weight FROM {found.physical_name}"
        ).df()
    edges = _edges(pairs)
    return RecordLinks(edges, _clusters(edges, records[_ID]))


def _need_splink() -> None:
    if importlib.util.find_spec("splink") is None:
        raise MissingDataError(
            "the package splink is not installed; linking of records is optional: "
            "pip install 'liveattr[linkage]'"
        )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Splink's advice on its own settings from the caller; errors are still raised."""
    logger = logging.getLogger("splink")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _check(
    frame: pd.DataFrame,
    unique_id: str,
    columns: Sequence[str],
    source: str | None,
    threshold: float,
    settings: Mapping[str, Any] | None,
) -> None:
    for column in [unique_id, *columns, *([source] if source else [])]:
        if column not in frame.columns:
            raise TableError(f"records: column {column!r} is missing")
    if frame[unique_id].isna().any() or frame[unique_id].astype(str).duplicated().any():
        raise TableError(f"records: {unique_id!r} has a null or a repeat; it must name each record")
    if settings is None and len(set(columns)) < 2:
        raise ParameterError("names, dates, numbers, texts: give at least two columns to compare")
    if not 0 <= threshold <= 1:
        raise ParameterError(f"threshold: {threshold} is no probability")


def _records(
    frame: pd.DataFrame, unique_id: str, columns: Sequence[str] | None, source: str | None
) -> pd.DataFrame:
    """Return the columns as text in the order of the id, empty text as null."""
    kept = columns if columns is not None else [c for c in frame.columns if c != unique_id]
    found: dict[str, Any] = {_ID: frame[unique_id].astype(str).to_numpy()}
    for column in kept:
        text = frame[column].astype("string").fillna("").str.strip()
        found[column] = text.mask(text == "").array
    if source:
        found[_SOURCE] = frame[source].astype(str).to_numpy()
    return pd.DataFrame(found).sort_values(_ID, ignore_index=True)


def _model(
    names: Sequence[str],
    dates: Sequence[str],
    numbers: Sequence[str],
    texts: Sequence[str],
    source: str | None,
) -> Any:
    """Return Splink's settings for these columns."""
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    common = [cl.JaroWinklerAtThresholds(c, [0.92, 0.8]) for c in [*names, *texts]]
    compared = [c.configure(term_frequency_adjustments=True) for c in common]
    compared += [cl.DamerauLevenshteinAtThresholds(c, [1, 2]) for c in [*dates, *numbers]]
    rules = [block_on(c) for c in [*numbers, *dates]]
    rules += [block_on(*two) for two in combinations([*names, *texts], 2)]
    return SettingsCreator(
        link_type="link_only" if source else "dedupe_only",
        unique_id_column_name=_ID,
        source_dataset_column_name=_SOURCE,
        comparisons=compared,
        blocking_rules_to_generate_predictions=rules,
        retain_matching_columns=False,
    )


def _linker(con: duckdb.DuckDBPyConnection, records: pd.DataFrame, settings: Any) -> Any:
    from splink import DuckDBAPI, Linker

    api = DuckDBAPI(connection=con)
    if _SOURCE in records:
        parts = [part for _, part in records.groupby(_SOURCE, sort=True)]
    else:
        parts = [records]
    tables = [api.register(part) for part in parts]
    return Linker(tables if len(tables) > 1 else tables[0], settings, log_level=None)


def _train(
    linker: Any,
    records: pd.DataFrame,
    names: Sequence[str],
    dates: Sequence[str],
    numbers: Sequence[str],
    texts: Sequence[str],
    seed: int,
) -> None:
    """Learn u from random pairs and m in two blocks, so that every column is free in one of them."""
    from splink import block_on

    sure = [[c] for c in numbers] + [[*names, c] for c in dates if names]
    rules = [block_on(*columns) for columns in sure if _is_shared(records, columns)]
    if rules:
        linker.training.estimate_probability_two_random_records_match(rules, recall=_RECALL)
    linker.training.estimate_u_using_random_sampling(max_pairs=_RANDOM_PAIRS, seed=seed)
    blocks = [c for c in (*numbers, *dates, *names, *texts) if _is_shared(records, [c])][:2]
    if not blocks:
        raise MissingDataError(
            "records: no two of them share a value; there is nothing to learn from"
        )
    for column in blocks:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(column))


def _is_shared(records: pd.DataFrame, columns: list[str]) -> bool:
    """Tell whether two records, of different files if there are several, agree on all columns."""
    full = records.dropna(subset=columns)
    if _SOURCE in records:
        full = full.drop_duplicates([*columns, _SOURCE])
    return bool(full.duplicated(columns).any())


def _edges(pairs: pd.DataFrame) -> pd.DataFrame:
    swap = pairs["l"] > pairs["r"]
    edges = pd.DataFrame(
        {
            "left_id": pairs["l"].where(~swap, pairs["r"]),
            "right_id": pairs["r"].where(~swap, pairs["l"]),
            "probability": pairs["probability"],
            "weight": pairs["weight"],
            "tier": "C",
        }
    )
    return edges.sort_values(["left_id", "right_id"], ignore_index=True)


def _clusters(edges: pd.DataFrame, ids: pd.Series) -> pd.DataFrame:
    """Return the connected components; `ids` are sorted, so the smallest place is the first id."""
    place = pd.Index(ids)
    left, right = (place.get_indexer(edges[c]) for c in ("left_id", "right_id"))
    label = smallest_reachable(left, right, len(ids))
    return pd.DataFrame({"id": ids.to_numpy(), "cluster": np.asarray(ids)[label]})
