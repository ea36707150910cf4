"""Serves the pack to the engine, each resource de-serialised once where the SDK is one that is known.

The SDK's own servicer de-serialises every resource again for each of a pack's policies, whether the policy is about its
type or not, and all resources of a stack for each stack policy. Its cost is policies times resources, which a pack of a
hundred policies cannot afford. fast_servicer.py does it once; it leans on names inside the SDK, so that with any other
version, or without those names, the SDK's own servicer serves: slower, with the same answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi_policy.policy as sdk
from pulumi_policy import EnforcementLevel, PolicyPack
from pulumi_policy.version import VERSION

from policies.kernel.policy import Policy

KNOWN: Final = frozenset({"1.21.0"})
"""Versions of the SDK whose inside was read."""
SERVICER: Final = "_PolicyAnalyzerServicer"
NEEDED: Final = frozenset(
    {
        "Analyze",
        "AnalyzeStack",
        "Remediate",
        "_create_report_violation",
        "_get_enforcement_level",
        "_get_policy_config",
        "_map_enforcement_level",
    }
)
"""What is used of it."""


def is_known() -> bool:
    """Whether the SDK is one that policies/kernel/fast_servicer.py fits."""
    return VERSION in KNOWN and set(dir(getattr(sdk, SERVICER, None))) >= NEEDED


def serve(name: str, policies: Sequence[Policy], *, by_sdk: bool = False) -> None:
    """Serves until the process is told to end.

    Args:
        name: the pack's name.
        policies: all of them.
        by_sdk: with the SDK's own servicer, to compare the two.
    """
    if is_known() and not by_sdk:
        # Only here: with another SDK the module could not even be imported.
        from policies.kernel.fast_servicer import servicer  # noqa: PLC0415

        # The constructor below serves and never returns, and takes its servicer from its module.
        setattr(sdk, SERVICER, servicer(policies))
    PolicyPack(
        name=name,
        policies=[policy.adapt() for policy in policies],
        # What states no level of its own is not let through.
        enforcement_level=EnforcementLevel.MANDATORY,
    )
