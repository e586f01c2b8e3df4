"""What makes a list: a YAML file with a condition over `audience_features`, kept beside every list."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from liveattr.errors import ParameterError, did_you_mean

__all__ = ["Definition", "load_definition", "read_definition", "shipped_definitions"]

_FOLDER = Path(__file__).parent / "definitions"


class Definition(BaseModel):
    """A definition of a list.

    Notes
    -----
    `where`, `exclude` and `score` are SQL expressions over the columns of `audience_features`, see
    `liveattr.audience.features`; `$name` is the parameter of that name. There is no field for a price:
    a list can offer a coupon or nothing, so it cannot be used to ask somebody for more.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
    """Its name."""
    version: Annotated[str, Field(pattern=r"^[0-9a-z._-]{1,20}$")]
    """Change it whenever anything else changes."""
    title_zh: Annotated[str, Field(min_length=1)]
    title_en: Annotated[str, Field(min_length=1)]
    about: Literal["broadcast", "shop"]
    """broadcast: what people did in and after one broadcast; shop: in the last `window_days`."""
    where: Annotated[str, Field(min_length=1)]
    """Who meets it."""
    exclude: str = "false"
    """Who of them is left out."""
    score: str = "p_30"
    """What the list is sorted by, highest first."""
    why: tuple[str, ...] = ()
    """Columns that are kept beside each person."""
    parameters: dict[str, float] = {}
    window_days: Annotated[int, Field(ge=1, le=365)] = 30
    outcome_days: Annotated[int, Field(ge=1, le=90)] = 7
    """[days] In which orders count."""
    expiry_days: Annotated[int, Field(ge=1, le=30)] = 7
    """[days] Afterwards the list must not be sent."""
    offer: Literal["reminder", "coupon"] = "reminder"
    coupon_fen: Annotated[int, Field(ge=0)] = 0
    """[fen] Of the coupon that goes with the message."""

    @model_validator(mode="after")
    def _fits(self) -> Definition:
        if (self.offer == "coupon") != (self.coupon_fen > 0):
            raise ValueError("offer: coupon needs coupon_fen, and nothing else may have it")
        for text in (self.where, self.exclude, self.score):
            if ";" in text or "--" in text:
                raise ValueError(f"{text!r} is more than one expression")
        return self

    @cached_property
    def text(self) -> str:
        """The YAML, in one form whatever the file looked like."""
        rows = self.model_dump(mode="json")
        return yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=100)

    @property
    def sha256(self) -> str:
        """Hash of `text`."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def read_definition(text: str, place: str = "definition") -> Definition:
    """Read a definition from YAML.

    Parameters
    ----------
    text
        YAML.
    place
        What errors call it.

    Raises
    ------
    ParameterError
        If it is no YAML, a field is missing, unknown or impossible.
    """
    try:
        return Definition.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ParameterError(f"{place} is no YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "it"
        said = first["msg"].removeprefix("Value error, ")
        raise ParameterError(f"{place}: {field}: {said}") from error


def shipped_definitions() -> tuple[str, ...]:
    """Return the names of the definitions that come with the package."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.yaml")))


def load_definition(name: str | Path) -> Definition:
    """Return a definition by its name, or of a YAML file.

    Raises
    ------
    ParameterError
        If there is none of this name, no such file, or it cannot be read.

    Examples
    --------
    >>> load_definition("lapsing").about
    'shop'
    """
    path, known = Path(name), shipped_definitions()
    if str(name) in known:
        path = _FOLDER / f"{name}.yaml"
    elif path.suffix not in (".yaml", ".yml") or not path.is_file():
        hint = did_you_mean(str(name), known)
        raise ParameterError(f"there is no definition {str(name)!r}; {hint}; or name a YAML file")
    return read_definition(path.read_text(encoding="utf-8-sig"), path.name)
