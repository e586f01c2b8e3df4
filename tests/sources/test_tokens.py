"""Tokens: the textbook HMAC, normal forms of phones, masked values are never keys."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.sources import tokens
from tests.database import connect

TEXT = st.text(max_size=40).filter(lambda text: "\0" not in text)


@settings(max_examples=10, deadline=None)
@given(key=st.text(min_size=1, max_size=90), values=st.lists(TEXT, min_size=1, max_size=9))
def test_the_sql_is_hmac_sha256(key: str, values: list[str]) -> None:
    with connect() as con:
        tokens.use_key(con, key)
        sql = tokens.token_sql("uid_douyin", "v")
        got = con.execute(f"SELECT {sql} FROM (SELECT unnest(?::VARCHAR[]) AS v)", [values])
        for value, (found,) in zip(values, got.fetchall(), strict=True):
            text = f"uid_douyin:{value}".encode()
            assert found == hmac.new(key.encode(), text, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("13800000001", "+8613800000001"),
        ("+86 138-0000-0001", "+8613800000001"),
        ("008613800000001", "+8613800000001"),
        ("(86)13800000001", "+8613800000001"),
        ("138****0001", None),
        ("$cipher$13800000001$", None),
        ("01012345678", None),
        ("1380000000", None),
        ("12800000001", None),
    ],
)
def test_only_whole_mainland_mobile_numbers_become_keys(text: str, normal: str | None) -> None:
    with connect() as con:
        got = con.execute(f"SELECT {tokens.phone_sql('v')} FROM (SELECT ? AS v)", [text]).fetchall()
    assert got == [(normal,)]


def test_the_name_of_a_key_tells_two_keys_apart_and_not_more() -> None:
    assert tokens.key_id("a" * 40) != tokens.key_id("b" * 40)
    assert len(tokens.key_id("a" * 40)) == 12
