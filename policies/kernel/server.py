"""Serve the pack to the engine, de-serialising each resource once if the SDK version is supported.

The SDK's own servicer de-serialises every resource again for each of a pack's policies, even if the policy is about
other types, and all resources of a stack for each stack policy. Its cost is policies times resources, too slow for a
pack of a hundred policies. fast_servicer.py does it once; it uses private names of the SDK, so with any other version,
or without those names, the SDK's own servicer is used: slower, with the same answers.
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
    """Whether policies/kernel/fast_servicer.py supports the SDK's version."""
    return VERSION in KNOWN and set(dir(getattr(sdk, SERVICER, None))) >= NEEDED


def serve(name: str, policies: Sequence[Policy], *, by_sdk: bool = False) -> None:
    """Serve until the process is terminated.

    Args:
        name: the pack's name.
        policies: all policies of the pack.
        by_sdk: use the SDK's own servicer, to compare the two.
    """
    if is_known() and not by_sdk:
        # Imported here: with another SDK the import itself could fail.
        from policies.kernel.fast_servicer import servicer  # noqa: PLC0415

        # The constructor below serves and never returns; it gets its servicer from its module.
        setattr(sdk, SERVICER, servicer(policies))
    PolicyPack(
        name=name,
        policies=[policy.adapt() for policy in policies],
        # A policy without a level of its own blocks.
        enforcement_level=EnforcementLevel.MANDATORY,
    )
