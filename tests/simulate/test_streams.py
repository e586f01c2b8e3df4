"""Random numbers by address: published vectors, and nothing before matters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveattr.simulate.streams import BLOCK, cells, dense, philox_4x32

# Known answers of Random123 (kat_vectors, philox4x32 with 10 rounds).
PUBLISHED = (
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    (
        (0xFFFFFFFF,) * 4,
        (0xFFFFFFFF, 0xFFFFFFFF),
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
)


@pytest.mark.parametrize(("counter", "key", "words"), PUBLISHED)
def test_philox_gives_the_published_words(counter, key, words):
    made = philox_4x32(np.array(counter, dtype=np.uint64).reshape(4, 1), key)
    assert tuple(int(w) for w in made[:, 0]) == words


@given(st.permutations(range(12)), st.integers(0, 2**31 - 1))
def test_a_cell_does_not_know_its_neighbours(order, seed):
    person = np.array([0, 1, 2, 3, 70_000, 8191, 8192, 5, 6, 7, 10**7, 9])
    whole = cells(seed, "test", person, 3)
    mixed = cells(seed, "test", person[list(order)], 3)
    assert (mixed == whole[:, list(order)]).all()
    assert (whole > 0).all() and (whole < 1).all()


def test_a_large_call_is_many_small_ones():
    person = np.arange(70_000)
    whole = cells(7, "test", person, 1)
    assert (whole[:, 65_000:] == cells(7, "test", person[65_000:], 1)).all()


def test_uniforms_are_uniform_and_streams_differ():
    first = cells(7, "test", np.arange(200_000))
    assert abs(first.mean() - 0.5) < 0.002
    assert abs(np.corrcoef(first[0], cells(8, "test", np.arange(200_000))[0])[0, 1]) < 0.01
    assert abs(np.corrcoef(first[0], cells(7, "other", np.arange(200_000))[0])[0, 1]) < 0.01


def test_dense_streams_are_addressed_too():
    later = dense(7, "test", 5, 2).random(BLOCK)
    dense(7, "test", 4, 2).random(3)
    assert (dense(7, "test", 5, 2).random(BLOCK) == later).all()
    assert not (dense(7, "test", 5, 3).random(BLOCK) == later).any()
