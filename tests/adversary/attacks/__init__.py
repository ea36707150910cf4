"""The corpus, a module a subject: each has ATTACKS."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Final

from tests.adversary.attack import Attack

ATTACKS: Final[tuple[Attack, ...]] = tuple(
    attack
    for module in sorted(one.name for one in pkgutil.iter_modules(__path__))
    for attack in importlib.import_module(f"{__name__}.{module}").ATTACKS
)
