"""`import liveattr as la`: every public name is there, and says what it does."""

import inspect
from types import ModuleType

import pytest

import liveattr as la

MODULES = {
    "attribution",
    "audience",
    "consent",
    "datasets",
    "diagnosis",
    "identity",
    "incrementality",
    "repurchase",
    "simulate",
    "stocking",
    "subjects",
}


@pytest.mark.parametrize("name", la.__all__)
def test_every_name_resolves_and_is_explained(name: str) -> None:
    value = getattr(la, name)
    if name == "__version__":
        assert value.count(".") == 2
    elif name in MODULES:
        assert isinstance(value, ModuleType) and value.__doc__
    else:
        assert inspect.isfunction(value)
        first, _, more = (value.__doc__ or "").partition("\n")
        assert first.endswith(".") and more, f"la.{name} has no docstring"


def test_functions_say_what_they_take_and_return() -> None:
    names = [name for name in la.__all__ if inspect.isfunction(getattr(la, name))]
    silent = [
        name
        for name in names
        if "Returns\n" not in (getattr(la, name).__doc__ or "") and name != "open_lake"
    ]
    assert silent == []


def test_dir_lists_them_and_others_are_errors() -> None:
    assert set(la.__all__) <= set(dir(la))
    with pytest.raises(AttributeError, match="no attribute 'runn'"):
        la.runn  # noqa: B018
