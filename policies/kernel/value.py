"""Properties for rules: each value knows its path, and can fail in two ways only, both handled by the kernel.

The SDK passes properties as proxies: `isinstance(x, dict)` is False, numbers are floats, accessing an unknown value
raises, and slices leak sentinels. A rule reads a `Value` instead, which hides all of that.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from pulumi_policy import proxy

T = TypeVar("T")
_UNKNOWN: Final = object()
_SENTINELS: Final = frozenset(value for name, value in vars(proxy).items() if re.fullmatch(r"UNKNOWN_\w+_VALUE", name))
_WORD: Final = re.compile(r"\w+", re.ASCII)
_NO_LISTS: Final = (str, dict, type(None))
_SCALARS: Final = (str, int, float)
_FLAGS: Final = {"true": True, "false": False}


class NotKnownError(Exception):
    """The value will be known only after another resource is created."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class MalformedError(Exception):
    """The value does not have the type of its property."""

    def __init__(self, path: str, found: str, required: str) -> None:
        super().__init__(f"{path}: {found}")
        self.path, self.found, self.required = path, found, required


Place = str | tuple[Any, str | int]
"""A path as it is written, or the place of the holder and the key in it: most paths are never written."""


class Value:
    """A property, empty if it is missing or null. Reading an unknown value always raises."""

    __slots__ = ("_inner", "_listed", "_parsed", "_place", "_raw", "_remembered")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, raw: Any, path: Place = "") -> None:
        self._raw = _UNKNOWN if isinstance(raw, str) and raw in _SENTINELS else raw
        self._place = path
        # A cache: many policies read the same few properties, one after the other.
        self._inner: dict[str, Value] | None = None
        self._listed: list[Value] | None = None
        self._parsed: Value | None = None
        self._remembered: dict[Callable[[Value], Any], Any] | None = None

    @property
    def path(self) -> str:
        """Its path, from the top: `a[0].b`."""
        return _written(self._place)

    def __bool__(self) -> bool:
        raise TypeError("ask a Value for its text, number, flag, items or fields")

    def __eq__(self, other: object) -> bool:
        raise TypeError("compare what a Value holds, not the Value")

    @property
    def known(self) -> bool:
        """Whether it can be read; a missing value is known to be missing."""
        return self._raw is not _UNKNOWN

    @property
    def present(self) -> bool:
        """Whether there is a value.

        Raises:
            NotKnownError: not known yet.
        """
        return self._read() is not None

    @property
    def missing(self) -> bool:
        """Whether it is known to be missing; an unknown value counts as one that will be there."""
        return self._raw is None

    def __getitem__(self, key: str) -> Value:
        """The field of an object; empty if there is no such field, or no object."""
        if self._inner is not None and (found := self._inner.get(key)) is not None:
            return found
        raw = self._raw
        return self._field(raw if type(raw) is dict else self._mapping(), key)

    def along(self, *keys: str) -> Value:
        """The field at a path of keys."""
        value = self
        for key in keys:
            value = value[key]
        return value

    def fields(self) -> dict[str, Value]:
        """All fields of an object."""
        mapping = self._mapping()
        return {key: self._field(mapping, key) for key in mapping}

    def items(self) -> list[Value]:
        """The elements of a list; none if it is missing."""
        if self._listed is None:
            raw = self._read()
            if raw is not None and not _is_list(raw):
                raise self._malformed("a list")
            self._listed = [self._read_at(raw, index) for index in range(len(raw or ()))]
        return self._listed.copy()

    def one_or_more(self) -> list[Value]:
        """The elements of a list, or the single value itself, as in IAM documents."""
        raw = self._read()
        return self.items() if raw is None or _is_list(raw) else [self]

    def text(self) -> str | None:
        """The text; numbers and booleans in the providers' spelling."""
        raw = self._raw
        if raw is None or type(raw) is str:
            return raw
        raw = self._read()
        if isinstance(raw, str):
            return raw
        if isinstance(raw, bool):
            return "true" if raw else "false"
        if isinstance(raw, int | float):
            return str(int(raw)) if math.isfinite(raw) and raw == int(raw) else str(raw)
        raise self._malformed("text")

    def number(self) -> float | None:
        """The number; also from a text."""
        raw = self._read()
        if raw is None:
            return None
        if isinstance(raw, str | int | float) and not isinstance(raw, bool):
            try:
                number = float(raw)
            except ValueError:
                number = math.nan
            if math.isfinite(number):
                return number
        raise self._malformed("a number")

    def flag(self, default: bool = False) -> bool:
        """The boolean; also from a text; the provider's default if it is missing."""
        raw = self._read()
        if raw is None or raw == "":
            return default
        if isinstance(raw, bool):
            return raw
        if isinstance(raw, str) and raw.lower() in _FLAGS:
            return _FLAGS[raw.lower()]
        raise self._malformed("true or false")

    def document(self) -> Value:
        """A JSON document, passed as text or as an object. A document with duplicate keys is malformed."""
        raw = self._read()
        if not isinstance(raw, str):
            self._mapping()
            return self
        if self._parsed is None:
            try:
                self._parsed = Value(json.loads(raw, object_pairs_hook=_unique), self.path)
            except (ValueError, RecursionError):
                raise self._malformed("a JSON document without repeated keys") from None
        return self._parsed

    def scalar(self) -> object:
        """The value if it is a text, number or boolean; None if it is missing, a list or an object."""
        raw = self._read()
        return raw if isinstance(raw, _SCALARS) else None

    @property
    def is_object(self) -> bool:
        """Whether it is an object, as far as known."""
        return type(self._raw) is dict or isinstance(self._raw, Mapping)

    @property
    def is_list(self) -> bool:
        """Whether it is a list, as far as known."""
        return self.known and _is_list(self._raw)

    def remembered(self, compute: Callable[[Value], T]) -> T:
        """The result of a function of the value, computed once for all policies."""
        if self._remembered is None:
            self._remembered = {}
        elif compute in self._remembered:
            return self._remembered[compute]
        result = self._remembered[compute] = compute(self)
        return result

    def walk(self) -> Iterator[Value]:
        """All leaves below, including unknown ones."""
        pending: list[Value] = [self]
        while pending:
            value: Value = pending.pop()
            if value.is_object:
                pending += value.fields().values()
            elif value.is_list:
                pending += value.items()
            else:
                yield value

    def _read(self) -> Any:
        if self._raw is _UNKNOWN:
            raise NotKnownError(self.path)
        return self._raw

    def _mapping(self) -> Mapping[Any, Any]:
        raw = self._read()
        if raw is None:
            return {}
        # Here and below: checking the type first avoids the slow check of the kind.
        if type(raw) is not dict and not isinstance(raw, Mapping):
            raise self._malformed("an object")
        return raw

    def _malformed(self, required: str) -> MalformedError:
        # Never the value itself: it may be a secret. Proxies of the SDK are named after the type they wrap.
        raw = self._raw
        found = "dict" if isinstance(raw, Mapping) else "list" if _is_list(raw) else type(raw).__name__
        return MalformedError(self.path, f"a value of type {found}", required)

    def _field(self, mapping: Mapping[str, Any], key: str) -> Value:
        if self._inner is None:
            self._inner = {}
        found = self._inner.get(key)
        if found is None:
            found = self._inner[key] = self._read_at(mapping, key)
        return found

    def _read_at(self, container: Any, key: str | int) -> Value:
        if type(container) is dict:
            return Value(container.get(key), (self._place, key))
        try:
            raw = container[key]
        except KeyError:
            raw = None
        except proxy.UnknownValueError:
            raw = _UNKNOWN
        return Value(raw, (self._place, key))


def _is_list(raw: Any) -> bool:
    return type(raw) is list or (not isinstance(raw, _NO_LISTS) and isinstance(raw, Sequence))


def _written(place: Place) -> str:
    if isinstance(place, str):
        return place
    above, key = _written(place[0]), place[1]
    if isinstance(key, int):
        return f"{above}[{key}]"
    if not _WORD.fullmatch(key):
        return f'{above}["{key}"]'
    return f"{above}.{key}" if above else key


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key occurs twice")
    return made
