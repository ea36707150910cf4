"""Every policy of the pack, one after the other, and the pack's name."""

from __future__ import annotations

from typing import Final

from policies.cases import Case
from policies.eks import endpoint
from policies.policy import Policy

PACK: Final = "palisade"

POLICIES: Final[tuple[Policy, ...]] = (*endpoint.POLICIES,)

CASES: Final[dict[str, tuple[Case, ...]]] = {**endpoint.CASES}
"""ID -> cases."""
