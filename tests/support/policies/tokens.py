"""Contents of a package's SDK: type tokens, and property names."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from pulumi import _types as sdk

TOKEN = re.compile(r'"((?:aws|kubernetes|tls|random):[\w./-]+:\w+)"')


def tokens(package: ModuleType) -> frozenset[str]:
    """All type tokens that an SDK registers."""
    with open(str(package.__file__), encoding="utf-8") as source:
        return frozenset(TOKEN.findall(source.read()))


def properties(type_: Any, seen: set[Any]) -> Iterator[str]:
    """All property names in the type of an argument."""
    for inner in typing.get_args(type_):
        yield from properties(inner, seen)
    if isinstance(type_, type) and sdk.is_input_type(type_) and type_ not in seen:
        seen.add(type_)
        for name, of in sdk.input_type_types(type_).items():
            yield name
            yield from properties(of, seen)
