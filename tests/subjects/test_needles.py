"""The search finds what is there in whatever packing, and nothing that is not."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from liveattr.subjects import Needles, needles
from liveattr.subjects.needles import found_in

TOKEN, PHONE, ACCOUNT = "ab" * 32, "13861527493", "youzan/Ln/7+é"
LOOK = Needles((TOKEN, "cd" * 32), (PHONE, ACCOUNT))
FORMS = {
    "plain": (f"x={TOKEN};".encode(), {("token", 0)}),
    "within more hex": (f"0{TOKEN}0".encode(), {("token", 0)}),
    "phone with country": (b"8613861527493", {("value", 0)}),
    "phone with dashes": (b"+86 138-6152-7493", {("value", 0)}),
    "UTF-16": (f"手机,{PHONE}".encode("utf-16"), {("value", 0)}),
    "GB18030": (f"账号,{ACCOUNT}".encode("gb18030"), {("value", 1)}),
    "an address": (b"?a=youzan%2FLn%2F7%2B%C3%A9", {("value", 1)}),
    "JSON": (b'{"a": "youzan\\/Ln\\/7+\xc3\xa9"}', {("value", 1)}),
    "without the platform": ("Ln/7+é".encode(), {("value", 1)}),
    "nothing": (b"1386152749 3" + (TOKEN[:-1] + "g").encode(), set()),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_spelling_is_found(name: str) -> None:
    data, wanted = FORMS[name]
    assert LOOK.find(data) == wanted


def test_what_is_removed_for_good_must_stand_alone() -> None:
    alone = Needles(values=("mall/1001", PHONE, "ab"), whole=True)
    assert alone.find(f"a,1001,b\n+86{PHONE}\n".encode()) == {("value", 0), ("value", 1)}
    assert alone.find(f"a,21001,b10012\n9{PHONE}\nab\n".encode()) == set()
    assert Needles(values=("mall/1001",)).find(b"a,1001,b") == set()  # too short to say anything


def test_every_packing_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both = {("token", 0), ("value", 0)}
    text = f"{TOKEN}\n{PHONE}".encode()
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(text))
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sheet1.xml", text)
        archive.writestr("inner/c.csv.gz", gzip.compress(text))
    table = pa.table(
        {
            "token": pa.array([None, TOKEN, "x"]).dictionary_encode(),
            "number": [1, int(PHONE), 2],
            "nested": [[{"a": "cd" * 32}], [], None],
        }
    )
    pq.write_table(table, tmp_path / "d.parquet", compression="zstd")
    (tmp_path / "broken.zip").write_bytes(b"no archive " + text)
    assert found_in(tmp_path / "a.jsonl.gz", LOOK) == both
    assert found_in(tmp_path / "b.xlsx", LOOK) == both
    assert found_in(tmp_path / "d.parquet", LOOK) == both | {("token", 1)}
    assert found_in(tmp_path / "broken.zip", LOOK) == both
    monkeypatch.setattr(needles, "_CHUNK", 100)  # it stands across two parts of the file
    (tmp_path / "large.html").write_bytes(b"-" * 70 + text + b"-" * 500)
    assert found_in(tmp_path / "large.html", LOOK) == both
