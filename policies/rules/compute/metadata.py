"""Policies about the instance metadata service, which hands out a machine's credentials (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.kernel.policy import HIGH, MEDIUM, REMEDIATE, Policy
from policies.kernel.remediation import Change
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.compute.instances import ALL_LAUNCHERS, SPOT_FLEET, machines

DEFAULTS: Final = "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults"
OPTIONS: Final = "metadataOptions"
TYPES: Final = ALL_LAUNCHERS | {DEFAULTS}
MOST_HOPS: Final = 1
"""With more, a container behind a bridge reaches the node's credentials."""


def _options(resource: Resource) -> Iterator[Value]:
    """The metadata options of instances, except those that disable the service."""
    found = [resource.props] if resource.type == DEFAULTS else [one.value[OPTIONS] for one in machines(resource)]
    for options in found:
        with resource.isolate():
            if options["httpEndpoint"].text() != "disabled":
                yield options


def _imdsv2(resource: Resource) -> Iterator[Violation]:
    for options in _options(resource):
        with resource.isolate():
            tokens = options["httpTokens"]
            if tokens.text() != "required":
                yield violation(tokens, tokens.text() or "nothing (optional)", "required")


def _set(resource: Resource, name: str, value: Any) -> list[Change]:
    if resource.type == SPOT_FLEET:
        return []  # Its specifications have no metadata options at all.
    return [((name,), value)] if resource.type == DEFAULTS else [((OPTIONS, name), value)]


def _require_tokens(resource: Resource) -> list[Change]:
    return _set(resource, "httpTokens", "required") if list(_imdsv2(resource)) else []


IMDSV2 = Policy(
    id="imdsv2-required",
    requirement="INH-4",
    types=TYPES,
    level=REMEDIATE,
    severity=HIGH,
    description="A machine's credentials are given only to who asks with a session token (IMDSv2).",
    fix="set metadataOptions.httpTokens to required; a spot fleet can only say so in a launch template",
    rule=_imdsv2,
    remedy=_require_tokens,
)


def _hop_limit(resource: Resource) -> Iterator[Violation]:
    if resource.type == SPOT_FLEET:
        return
    for options in _options(resource):
        with resource.isolate():
            limit = options["httpPutResponseHopLimit"]
            hops = limit.number()
            if hops is None or not 0 <= hops <= MOST_HOPS:
                yield violation(limit, "nothing (the image's default)" if hops is None else f"{hops:g}", f"{MOST_HOPS}")


def _limit_hops(resource: Resource) -> list[Change]:
    return _set(resource, "httpPutResponseHopLimit", MOST_HOPS) if list(_hop_limit(resource)) else []


HOP_LIMIT = Policy(
    id="metadata-hop-limit",
    requirement="INH-4",
    types=TYPES,
    level=REMEDIATE,
    severity=MEDIUM,
    description="A pod cannot reach the credentials of the node that it runs on.",
    fix=f"set metadataOptions.httpPutResponseHopLimit to {MOST_HOPS}",
    rule=_hop_limit,
    remedy=_limit_hops,
)

POLICIES = (IMDSV2, HOP_LIMIT)
