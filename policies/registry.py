"""Every policy of the pack, one after the other, and the pack's name."""

from __future__ import annotations

from typing import Final

from policies.cases import Case
from policies.compute import exposure, metadata, user_data
from policies.eks import access, control_plane, endpoint
from policies.policy import Policy

PACK: Final = "palisade"

POLICIES: Final[tuple[Policy, ...]] = (
    *endpoint.POLICIES,
    *control_plane.POLICIES,
    *access.POLICIES,
    *metadata.POLICIES,
    *exposure.POLICIES,
    *user_data.POLICIES,
)

CASES: Final[dict[str, tuple[Case, ...]]] = {
    **endpoint.CASES,
    **control_plane.CASES,
    **access.CASES,
    **metadata.CASES,
    **exposure.CASES,
    **user_data.CASES,
}
"""ID -> cases."""
