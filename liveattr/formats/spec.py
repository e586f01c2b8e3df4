"""The language of a preset: fields of a file, their units, and the tables that they fill.

A preset is one YAML file. `read_preset` checks it against this model and against the declared
tables, so that a wrong column or field name is an error when the preset is read, not when a
merchant's file is. The words are explained in docs/formats.md.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic import Field as Option

from liveattr.errors import FormatError, did_you_mean
from liveattr.tables import account_kind, get_table

__all__ = ["Check", "Field", "Spec", "TableMap", "preset_file", "preset_names", "read_preset"]

Kind = Literal[
    "id", "text", "fen", "yuan", "milli_fen", "ppm", "percent", "permille", "ratio", "int",
    "number", "bool", "time_s", "time_ms", "time_text", "date", "excel_serial", "status", "enum",
    "phone", "token", "ip", "json", "consent", "link_sig", "drop",
]  # fmt: skip
_GROUP_FUNCTIONS = ("sum", "min", "max", "first")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True, frozen=True)


class Field(_Strict):
    """One field of the file: what kind of value it holds and how it may be spelled."""

    kind: Kind
    required: bool = False
    aliases: tuple[str, ...] = ()
    zh: str = ""
    en: str = ""
    unit: str = ""
    example: str = ""
    map: dict[str, str] = {}
    default: str | None = None
    nulls: tuple[str, ...] = ()
    of: str = ""
    round: Literal["", "half_even"] = ""
    min: float | None = None
    max: float | None = None

    @model_validator(mode="before")
    @classmethod
    def _texts(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"kind": data}
        if isinstance(data, dict) and isinstance(data.get("map"), dict):
            data = {**data, "map": {_word(k): _word(v) for k, v in data["map"].items()}}
        if isinstance(data, dict) and "nulls" in data:
            data = {**data, "nulls": [_word(n) for n in data["nulls"]]}
        if isinstance(data, dict) and "example" in data:
            data = {**data, "example": _word(data["example"])}
        if isinstance(data, dict) and data.get("default") is not None:
            data = {**data, "default": _word(data["default"])}
        return data

    @model_validator(mode="after")
    def _complete(self) -> Field:
        if self.kind == "token" and not self.of:
            raise ValueError("kind token needs `of: <identifier kind>`")
        if self.kind in ("status", "enum") and not self.map:
            raise ValueError(f"kind {self.kind} needs a `map`")
        return self


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class Check(_Strict):
    """A rule that every record must meet; where it is false the record is quarantined."""

    that: str
    code: str = "SUM_MISMATCH"
    field: str = ""
    say: str = ""


class TotalRows(_Strict):
    """Which rows are totals of the others: they only check the sum."""

    field: str
    values: tuple[str, ...]
    check: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    leave_out: str = ""


class Signs(_Strict):
    """Fields whose sign on reversal rows is found per file and made negative."""

    fields: tuple[str, ...]
    when: str


class TableMap(_Strict):
    """How one canonical table is filled: column → value, for each record, element or group."""

    each: str = ""
    group: tuple[str, ...] = ()
    where: str = ""
    number_lines: tuple[str, ...] = ()
    columns: dict[str, Any]

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "columns" in data:
            return data
        own = {"each", "group", "where", "number_lines"}
        if isinstance(data.get("number_lines"), bool):
            data = {**data, "number_lines": ["order_id"] if data["number_lines"] else []}
        columns = {k: v for k, v in data.items() if k not in own}
        return {**{k: v for k, v in data.items() if k in own}, "columns": columns}


class Spec(_Strict):
    """One preset."""

    preset: str
    version: int
    title: dict[str, str]
    family: Literal["platform", "template", "public", "generic", "webhook", "events"]
    confirmed: Literal["none", "docs", "sdk", "file"]
    origin: tuple[str, ...] = ()
    note: dict[str, str] | str = ""
    platform: str = ""
    zone: str = "Asia/Shanghai"
    currency: str = "CNY"
    legal_basis: Literal["contract", "consent", "research"]
    files: tuple[Literal["json", "jsonl", "csv", "tsv", "xlsx", "parquet"], ...]
    records: tuple[str, ...] = ()
    years: tuple[int, int] = (2015, 2035)
    fields: dict[str, Field]
    lists: dict[str, dict[str, Field]] = {}
    total_rows: tuple[TotalRows, ...] = ()
    checks: tuple[Check, ...] = ()
    signs: Signs | None = None
    signature: Literal["", "youzan", "doudian"] = ""
    unit_suspect: bool = False
    tables: dict[str, tuple[TableMap, ...]] = Option(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _lists_of_one(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        out = dict(data)
        if isinstance(out.get("records"), str):
            out["records"] = [out["records"]]
        if isinstance(out.get("total_rows"), dict):
            out["total_rows"] = [out["total_rows"]]
        if isinstance(out.get("tables"), dict):
            out["tables"] = {
                name: value if isinstance(value, list) else [value]
                for name, value in out["tables"].items()
            }
        return out

    @model_validator(mode="after")
    def _names_exist(self) -> Spec:
        for name, maps in self.tables.items():
            table = get_table(name)
            for one in maps:
                for column, value in one.columns.items():
                    table.column(column)
                    self._check_value(name, one, column, value)
        for field in [
            *self.fields.values(),
            *(f for fs in self.lists.values() for f in fs.values()),
        ]:
            if field.of.startswith("^") and field.of[1:] not in self.fields:
                raise ValueError(
                    f"{self.preset}: there is no field {field.of[1:]!r} for a token's kind"
                )
        return self

    def _check_value(self, table: str, one: TableMap, column: str, value: Any) -> None:
        place = f"{self.preset}: {table}.{column}"
        if one.each and one.each not in self.lists:
            raise ValueError(f"{place}: there is no list {one.each!r} in `lists`")
        for name in self.field_names(value):
            known = self.fields if name.startswith("^") or not one.each else self.lists[one.each]
            if name.removeprefix("^") not in known:
                hint = did_you_mean(name.removeprefix("^"), known)
                raise ValueError(f"{place}: there is no field {name!r}; {hint}")

    @staticmethod
    def field_names(value: Any) -> list[str]:
        """Return the fields that a column value names (not those inside `sql`)."""
        if isinstance(value, str):
            return [] if value.startswith("=") else [value]
        if isinstance(value, dict) and len(value) == 1:
            ((how, what),) = value.items()
            if how == "sql":
                return []
            if how == "first_of":
                return [n for v in what for n in Spec.field_names(v)]
            if how in _GROUP_FUNCTIONS:
                return Spec.field_names(what)
        raise ValueError(
            f"a column is a field, '=constant', first_of, sql, or one of {_GROUP_FUNCTIONS}; "
            f"got {value!r}"
        )

    @property
    def needs_key(self) -> bool:
        """Whether the file holds identifiers that become tokens."""
        every = [*self.fields.values(), *(f for fs in self.lists.values() for f in fs.values())]
        return any(f.kind in ("phone", "token", "ip") for f in every)

    def token_kind(self, field: Field) -> str:
        """Return the kind of identifier of a token field (`of: account` depends on platform)."""
        return account_kind(self.platform) if field.of == "account" else field.of


def _folder() -> Path:
    return Path(str(resources.files("liveattr.formats")))


def preset_names() -> list[str]:
    """Return the names of all presets that the package brings."""
    return sorted(p.stem for p in _folder().glob("*.yaml"))


@cache
def _load(path: Path, modified_ns: int) -> Spec:
    try:
        text = path.read_text(encoding="utf-8")
        return Spec.model_validate(yaml.load(text, Loader=yaml.CSafeLoader))  # safe, and 10x faster
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(p) for p in first["loc"])
        raise FormatError(f"preset {path.name}, at {place or 'top'}: {first['msg']}") from error
    except yaml.YAMLError as error:
        raise FormatError(f"preset {path.name} is not valid YAML: {error}") from error


def read_preset(name: str | Path) -> Spec:
    """Read one preset, by its name or from a YAML file of your own.

    Raises
    ------
    FormatError
        If there is no such preset, or the file contradicts itself; the message names the place.

    Examples
    --------
    >>> read_preset("doudian_orders").platform
    'douyin'
    """
    path = preset_file(name)
    return _load(path, path.stat().st_mtime_ns)


def preset_file(name: str | Path) -> Path:
    """Return the file of a preset, by its name or as a path of your own."""
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        path = _folder() / f"{name}.yaml"
    if not path.exists():
        raise FormatError(
            f"there is no preset {str(name)!r}; {did_you_mean(str(name), preset_names())}"
        )
    return path


_SUMS = re.compile(r"\b(sum|count|min|max)\(([^()]+)\)")


def list_sums(spec: Spec) -> dict[str, dict[str, set[str]]]:
    """Return the sums over nested lists that the preset names: list → function → fields.

    They are written `sum(list.field)` (or count, min, max) in checks and in SQL of tables.
    """
    texts = [c.that for c in spec.checks]
    for maps in spec.tables.values():
        for one in maps:
            texts.append(one.where)
            texts += [v["sql"] for v in one.columns.values() if isinstance(v, dict) and "sql" in v]
    found: dict[str, dict[str, set[str]]] = {}
    for how, what in _SUMS.findall(" ".join(texts)):
        name, _, field = what.rpartition(".")
        if name in spec.lists and field in spec.lists[name]:
            found.setdefault(name, {}).setdefault(how, set()).add(field)
    return found


def quote(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Quote a text for SQL."""
    return "'" + value.replace("'", "''") + "'"


_QUOTED = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")""")
_NAME = re.compile(r"\^?[^\W\d][\w.:]*")


def quote_fields(sql: str, fields: set[str]) -> str:
    r"""Quote every known field name in a piece of SQL; texts in quotes stay as they are.

    Examples
    --------
    >>> quote_fields("a.b + ^c > 'a.b'", {"a.b", "^c"})
    '"a.b" + "^c" > \'a.b\''
    """

    def swap(match: re.Match[str]) -> str:
        return quote(match[0]) if match[0] in fields else match[0]

    for name in fields:
        if "(" in name:
            sql = re.sub(rf"(?<![\w^]){re.escape(name)}", lambda m: quote(m[0]), sql)
    parts = _QUOTED.split(sql)
    return "".join(p if p.startswith(("'", '"')) else _NAME.sub(swap, p) for p in parts)
