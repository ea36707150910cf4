"""Policies about the cluster's endpoint: reachable from the VPC and through the VPN only (VPN-MFA)."""

from __future__ import annotations

from collections.abc import Iterator

from policies.guidelines import cidr
from policies.guidelines.eks import MOST_BOOTSTRAP_RANGES, WIDEST_BOOTSTRAP_PREFIX
from policies.kernel.policy import ADVISORY, CRITICAL, HIGH, LOW, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.rules.eks.resources import CLUSTERS, read


def _private_endpoint(resource: Resource) -> Iterator[Violation]:
    access = read(resource, "vpcConfig", "endpointPrivateAccess")
    if not access.flag():
        yield violation(access, "false" if access.present else "nothing (false)", "true")


PRIVATE_ENDPOINT = Policy(
    id="private-endpoint-on",
    requirement="VPN-MFA",
    types=CLUSTERS,
    level=MANDATORY,
    severity=CRITICAL,
    description="The Kubernetes API has an endpoint inside the VPC.",
    fix="set endpointPrivateAccess to true",
    rule=_private_endpoint,
)


def _public_endpoint(resource: Resource) -> Iterator[Violation]:
    config = read(resource, "vpcConfig")
    access, ranges = config["endpointPublicAccess"], config["publicAccessCidrs"]
    if not access.flag(default=True):
        return
    entries = ranges.items()
    if not entries:
        said = "true" if access.present else "nothing (true)"
        yield violation(access, f"{said}, for everyone (no publicAccessCidrs)", "false")
    if len(entries) > MOST_BOOTSTRAP_RANGES:
        yield violation(ranges, f"{len(entries)} ranges", f"{MOST_BOOTSTRAP_RANGES} at most")
    for entry in entries:
        with resource.isolate():
            text = entry.text() or ""
            network = cidr.network(text)
            if network is None:
                yield violation(entry, text or "nothing", "an IPv4 range")
            elif network.prefixlen < WIDEST_BOOTSTRAP_PREFIX:
                yield violation(entry, text, f"a range of /{WIDEST_BOOTSTRAP_PREFIX} to /32")


PUBLIC_ENDPOINT = Policy(
    id="public-endpoint-off-or-narrow",
    requirement="VPN-MFA",
    types=CLUSTERS,
    level=MANDATORY,
    severity=CRITICAL,
    description="The Kubernetes API is closed to the Internet, or open to a few narrow ranges while the VPN is set up.",
    fix="set endpointPublicAccess to false and use the VPN; "
    f"to set it up, name ranges of /{WIDEST_BOOTSTRAP_PREFIX} to /32 in publicAccessCidrs",
    rule=_public_endpoint,
)


def _public_endpoint_closed(resource: Resource) -> Iterator[Violation]:
    access = read(resource, "vpcConfig", "endpointPublicAccess")
    wide: list[Violation] = []
    with resource.isolate():
        wide += _public_endpoint(resource)
    # The policy above covers endpoints that are, or may be, open to everyone.
    if access.flag(default=True) and not wide and not resource.unknown:
        yield violation(access, "true" if access.present else "nothing (true)", "false, now that there is a VPN")


PUBLIC_ENDPOINT_CLOSED = Policy(
    id="public-endpoint-closed",
    requirement="VPN-MFA",
    types=CLUSTERS,
    level=ADVISORY,
    severity=LOW,
    description="The public endpoint that a bootstrap may have is closed again.",
    fix="connect the VPN, then take the bootstrap ranges away",
    rule=_public_endpoint_closed,
)


def _access_mode(resource: Resource) -> Iterator[Violation]:
    mode = resource.props.along("accessConfig", "authenticationMode")
    if mode.text() != "API":
        yield violation(mode, mode.text() or "nothing (CONFIG_MAP)", "API")


AUTHENTICATION_MODE = Policy(
    id="authentication-mode-api",
    requirement="VPN-MFA SSH-USER",
    types=CLUSTERS,
    level=MANDATORY,
    severity=HIGH,
    description="Who may use the cluster is decided by access entries alone, not by the aws-auth config map.",
    fix="set accessConfig.authenticationMode to API",
    rule=_access_mode,
)


def _creator_admin(resource: Resource) -> Iterator[Violation]:
    given = resource.props.along("accessConfig", "bootstrapClusterCreatorAdminPermissions")
    if given.flag(default=True):
        yield violation(given, "true" if given.present else "nothing (true)", "false")


CREATOR_ADMIN = Policy(
    id="creator-admin-off",
    requirement="VPN-MFA SSH-USER",
    types=CLUSTERS,
    level=MANDATORY,
    severity=HIGH,
    description="Whoever creates the cluster does not silently become its administrator.",
    fix="set accessConfig.bootstrapClusterCreatorAdminPermissions to false and give administrators access entries",
    rule=_creator_admin,
)

POLICIES = (PRIVATE_ENDPOINT, PUBLIC_ENDPOINT, PUBLIC_ENDPOINT_CLOSED, AUTHENTICATION_MODE, CREATOR_ADMIN)
