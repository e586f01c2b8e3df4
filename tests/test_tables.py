"""The declarations keep the house's rules on names, units and keys."""

from pathlib import Path

import duckdb
import pytest

from liveattr import docs, tables
from liveattr.errors import TableError
from liveattr.tables import (
    IDENTIFIER_COLUMNS,
    TABLES,
    TYPES,
    Table,
    account_kind,
    get_table,
    model,
)

ROOT = Path(__file__).resolve().parents[1]
EACH = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
SUFFIXES = {
    "_fen": "bigint",
    "_at": "at",
    "_on": "on",
    "_us": "bigint",
    "_ms": "bigint",
    "_token": "text",
}


@EACH
def test_keys_are_columns_that_are_never_null(table: Table) -> None:
    assert table.key
    for name in (*table.key, *table.part_of):
        assert table.column(name).required, name
    for name in table.version_by:
        table.column(name)


@EACH
def test_names_are_told_apart_and_say_their_type(table: Table) -> None:
    assert len(set(table.names)) == len(table.names)
    for column in table.columns:
        assert column.name == column.name.lower()
        for suffix, kind in SUFFIXES.items():
            if column.name.endswith(suffix):
                assert column.type == kind, (table.name, column.name)
        if column.type in ("at", "on"):
            assert column.name in ("at", "as_of") or column.name.endswith(f"_{column.type}")
        assert column.unit or column.type != "bigint" or not column.name.endswith("_fen")


@EACH
def test_ids_are_text_but_in_the_working_layers(table: Table) -> None:
    for column in table.columns:
        if column.name.endswith("_id") and column.name not in ("touch_id", "journey_id"):
            assert column.type in ("text", "token"), (table.name, column.name)


@EACH
def test_a_query_names_tables_and_columns_without_quotes(table: Table) -> None:
    """Alone, `at` has to be quoted; with its table before it, nothing has."""
    columns = ", ".join(f'"{c.name}" {c.sql_type}' for c in table.columns)
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE {table.name} ({columns})")
        names = ", ".join(f"t.{name}" for name in table.names)
        assert con.sql(f"SELECT {names} FROM {table.name} AS t").columns == list(table.names)


def test_one_name_has_one_type_in_all_tables() -> None:
    """The working layers are apart: there a code stands for the text."""
    seen: dict[str, set[str]] = {}
    for table in TABLES.values():
        for column in table.columns if table.room != "Working layers" else ():
            seen.setdefault(column.name, set()).add(column.type)
    assert {name: kinds for name, kinds in seen.items() if len(kinds) > 1} == {
        "version": {"bigint", "text"},  # of an order; of a model or of a text
        "value": {"bigint", "text"},  # of a metric; a member of a grain
        "seq": {"bigint", "text"},  # of a ledger; as the merchant numbers his record
    }


def test_token_columns_are_identifiers() -> None:
    for name in ("event", "order_header"):
        tokens = {c.name for c in TABLES[name].columns if c.name.endswith("_token")}
        assert tokens - {"ip_token", "ip24_token"} <= set(IDENTIFIER_COLUMNS)


@pytest.mark.parametrize(
    ("platform", "kind"),
    [
        ("douyin", "uid_douyin"),
        ("kuaishou", "uid_kuaishou"),
        ("channels", "uid_channels"),
        ("taobao", "uid_taobao"),
        ("youzan", "mall_account"),
        ("weimob", "mall_account"),
        ("shopify", "mall_account"),
        ("mall", "mall_account"),
    ],
)
def test_account_kind(platform: str, kind: str) -> None:
    assert account_kind(platform) == kind


def test_describe_shows_a_table() -> None:
    shown = tables.describe("order_line")
    assert len(shown) == len(TABLES["order_line"].columns)
    assert shown.column.str.removesuffix("*").tolist() == list(TABLES["order_line"].names)
    keys = shown[shown.column.str.endswith("*")].column.str.removesuffix("*").tolist()
    assert keys == list(TABLES["order_line"].key)
    assert tables.describe().table.tolist() == list(TABLES)
    with pytest.raises(TableError, match="did you mean 'order_line'"):
        tables.describe("order_lines")


def test_unknown_names_come_with_a_suggestion() -> None:
    with pytest.raises(TableError, match="there is no table 'tuch'; did you mean 'touch'"):
        get_table("tuch")
    with pytest.raises(TableError, match="'touch' has no column 'chanel'; did you mean 'channel'"):
        get_table("touch").column("chanel")


@pytest.mark.parametrize("line", ["name", "name texts! what", "name text"])
def test_declaration_that_cannot_be_read(line: str) -> None:
    with pytest.raises(TableError, match="cannot read the column declaration"):
        model.table("t", "about", "name", line, room="Intake")


def test_docs_are_what_the_code_says() -> None:
    assert docs.outdated(ROOT / "docs") == []


def test_docs_name_every_column() -> None:
    page = tables.markdown()
    for table in TABLES.values():
        section = page.split(f"### {table.name}\n")[1].split("\n### ")[0]
        rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
        assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == list(table.names)
        assert all(row.count("|") == 6 for row in rows), table.name


def test_docs_are_written_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(docs, "outdated", lambda *a: docs_outdated(tmp_path))
    monkeypatch.setattr(docs, "write", lambda *a: docs_write(tmp_path))
    assert docs.main(["--check"]) == 1
    assert "docs/tables.md is not what the code says" in capsys.readouterr().err
    assert docs.main([]) == 0
    assert docs.main(["--check"]) == 0
    assert docs.main(["--chek"]) == 2
    (tmp_path / "tables.md").write_text("old")
    assert docs.main(["--check"]) == 1


docs_outdated, docs_write = docs.outdated, docs.write


def test_types_are_types_of_duckdb() -> None:
    with duckdb.connect() as con:
        for sql_type in TYPES.values():
            assert str(con.sql(f"SELECT CAST(NULL AS {sql_type}) AS a").types[0]) == sql_type
