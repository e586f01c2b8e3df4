"""A lake, a token key, and a small preset of lines in a CSV file to try the engine on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from liveattr.lake import Lake, open_lake
from liveattr.settings import Settings

KEY = "a-key-for-tests-that-is-long-enough-0123456789"

SHOP = """
preset: shop_lines
version: 1
title: {zh: 测试, en: test}
family: generic
confirmed: none
platform: mall
legal_basis: contract
files: [csv, jsonl]
fields:
  order: {kind: id, required: true}
  line: {kind: id, required: true}
  sku: {kind: id}
  state: {kind: status, map: {new: created, paid: paid, sent: shipped, done: finished, gone: cancelled}}
  placed: {kind: time_text, required: true}
  paid_time: {kind: time_text}
  changed: {kind: time_text}
  qty: {kind: int, required: true}
  amount: {kind: yuan, required: true}
  phone: {kind: phone}
  remark: {kind: text}
  name: {kind: drop}
tables:
  order_header:
    group: [order_id]
    order_id: order
    created_at: {min: placed}
    paid_at: {max: paid_time}
    updated_at: {max: changed}
    status: {first: state}
    phone_token: {first: phone}
    paid_fen: {sum: amount}
  order_line:
    line_id: line
    order_id: order
    sku_id: sku
    title: remark
    qty: qty
    paid_fen: amount
"""
HEAD = "order,line,sku,state,placed,paid_time,changed,qty,amount,phone,remark,name"
REFUNDS = """
preset: shop_refunds
version: 1
title: {zh: 测试退款, en: test refunds}
family: generic
confirmed: none
platform: mall
legal_basis: contract
files: [csv]
fields:
  refund: {kind: id, required: true}
  order: {kind: id, required: true}
  line: {kind: id}
  amount: {kind: yuan, required: true}
  at: {kind: time_text, required: true}
tables:
  refund:
    refund_id: refund
    order_id: order
    type: "=refund_only"
    status: "=done"
    done_at: at
    refund_fen: amount
  refund_line:
    where: "line IS NOT NULL"
    refund_id: refund
    line_id: line
    order_id: order
    refund_fen: amount
    qty: "=0"
"""


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEATTR_TOKEN_KEY", KEY)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return open_lake(tmp_path / "lake")


@pytest.fixture
def lenient() -> Settings:
    return Settings(bad_share_limit=1.0)


@pytest.fixture
def shop(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes rows into `<raw>/shop/<name>.csv` and returns the raw folder."""

    def write(rows: Sequence[str], name: str = "a", head: str = HEAD, spec: str = SHOP) -> Path:
        preset = spec.split("preset: ")[1].split()[0]
        folder = tmp_path / "raw" / preset.removeprefix("shop_")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "preset.yaml").write_text(spec, encoding="utf-8")
        (folder / f"{name}.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        return tmp_path / "raw"

    return write
