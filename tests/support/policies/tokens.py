"""The type tokens that a package's SDK registers."""

from __future__ import annotations

import re
from types import ModuleType

TOKEN = re.compile(r'"((?:aws|kubernetes|tls|random):[\w./-]+:\w+)"')


def tokens(package: ModuleType) -> frozenset[str]:
    """Every type token that an SDK registers."""
    with open(str(package.__file__), encoding="utf-8") as source:
        return frozenset(TOKEN.findall(source.read()))
