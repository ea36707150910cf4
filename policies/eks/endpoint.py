"""Policies about the cluster's endpoint: reachable from inside, and through the VPN only (VPN-MFA)."""

from __future__ import annotations

from collections.abc import Iterator

from policies.cases import OMITTED, UNKNOWN, Case, Item, fail, ok, unknown
from policies.eks.forms import CLUSTERS, cluster, native, read
from policies.guidelines import cidr
from policies.guidelines.eks import MOST_BOOTSTRAP_RANGES, WIDEST_BOOTSTRAP_PREFIX
from policies.judged import Resource, Violation, breach
from policies.policy import ADVISORY, CRITICAL, HIGH, LOW, MANDATORY, Policy


def _private_endpoint(resource: Resource) -> Iterator[Violation]:
    access = read(resource, "vpcConfig", "endpointPrivateAccess")
    if not access.flag():
        yield breach(access, "false" if access.present else "nothing (false)", "true")


PRIVATE_ENDPOINT = Policy(
    id="private-endpoint-on",
    requirement="VPN-MFA",
    types=CLUSTERS,
    level=MANDATORY,
    severity=CRITICAL,
    description="The Kubernetes API has an endpoint inside the VPC.",
    fix="set vpcConfig.endpointPrivateAccess to true",
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
        yield breach(access, f"{said}, for everyone (no publicAccessCidrs)", "false")
    if len(entries) > MOST_BOOTSTRAP_RANGES:
        yield breach(ranges, f"{len(entries)} ranges", f"{MOST_BOOTSTRAP_RANGES} at most")
    for entry in entries:
        with resource.apart():
            text = entry.text() or ""
            network = cidr.network(text)
            if network is None:
                yield breach(entry, text or "nothing", "an IPv4 range")
            elif network.prefixlen < WIDEST_BOOTSTRAP_PREFIX:
                yield breach(entry, text, f"a range of /{WIDEST_BOOTSTRAP_PREFIX} to /32")


PUBLIC_ENDPOINT = Policy(
    id="public-endpoint-off-or-narrow",
    requirement="VPN-MFA",
    types=CLUSTERS,
    level=MANDATORY,
    severity=CRITICAL,
    description="The Kubernetes API is closed to the Internet, or open to a few narrow ranges while the VPN is set up.",
    fix="set vpcConfig.endpointPublicAccess to false and use the VPN; "
    f"to set it up, name ranges of /{WIDEST_BOOTSTRAP_PREFIX} to /32 in vpcConfig.publicAccessCidrs",
    rule=_public_endpoint,
)


def _public_endpoint_closed(resource: Resource) -> Iterator[Violation]:
    access = read(resource, "vpcConfig", "endpointPublicAccess")
    if access.flag(default=True):
        yield breach(access, "true" if access.present else "nothing (true)", "false, now that there is a VPN")


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
        yield breach(mode, mode.text() or "nothing (CONFIG_MAP)", "API")


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
        yield breach(given, "true" if given.present else "nothing (true)", "false")


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


def _open_to(*ranges: str) -> Item:
    return cluster({"vpcConfig.endpointPublicAccess": True, "vpcConfig.publicAccessCidrs": list(ranges)})


_PRIVATE, _PUBLIC = "vpcConfig.endpointPrivateAccess", "vpcConfig.endpointPublicAccess"
_NATIVE = "resourcesVpcConfig"
_RANGES = "vpcConfig.publicAccessCidrs"
_MODE, _CREATOR = "accessConfig.authenticationMode", "accessConfig.bootstrapClusterCreatorAdminPermissions"

CASES: dict[str, tuple[Case, ...]] = {
    PRIVATE_ENDPOINT.id: (
        ok("native", native()),
        fail("native_off", native({f"{_NATIVE}.endpointPrivateAccess": False}), at=f"{_NATIVE}.endpointPrivateAccess"),
        ok("private", cluster()),
        ok("true_as_text", cluster({_PRIVATE: "true"})),
        fail("private_endpoint_off", cluster({_PRIVATE: False}), at=_PRIVATE),
        fail("private_endpoint_omitted", cluster({_PRIVATE: OMITTED}), at=_PRIVATE),
        fail("no_vpc_config", cluster({"vpcConfig": OMITTED}), at=_PRIVATE),
        fail("vpc_config_is_a_list", cluster({"vpcConfig": []}), at="vpcConfig"),
        unknown("access_decided_later", cluster({_PRIVATE: UNKNOWN})),
    ),
    PUBLIC_ENDPOINT.id: (
        ok("native", native()),
        fail(
            "native_to_everyone",
            native({f"{_NATIVE}.endpointPublicAccess": True, f"{_NATIVE}.publicAccessCidrs": ["0.0.0.0/0"]}),
            at=f"{_NATIVE}.publicAccessCidrs[0]",
        ),
        fail("native_without_vpc_config", native({_NATIVE: OMITTED}), at=f"{_NATIVE}.endpointPublicAccess"),
        ok("private_only", cluster()),
        ok("one_office_while_bootstrapping", _open_to("203.0.113.0/24", "198.51.100.7/32")),
        fail("public_endpoint_omitted", cluster({_PUBLIC: OMITTED}), at=_PUBLIC),
        fail("public_to_everyone_by_default", cluster({_PUBLIC: True}), at=_PUBLIC),
        fail("public_to_everyone", _open_to("0.0.0.0/0"), at=f"{_RANGES}[0]"),
        fail("public_to_two_halves", _open_to("0.0.0.0/1", "128.0.0.0/1"), at=f"{_RANGES}[1]"),
        fail("public_to_a_wide_range", _open_to("203.0.113.0/24", "10.0.0.0/8"), at=f"{_RANGES}[1]"),
        fail("public_to_many", _open_to(*(f"203.0.113.{one}/32" for one in range(40))), at=_RANGES),
        fail("public_to_ipv6_everyone", _open_to("::/0"), at=f"{_RANGES}[0]"),
        fail("wide_range_beside_an_unknown_one", _open_to(UNKNOWN, "0.0.0.0/0"), at=f"{_RANGES}[1]"),
        unknown("ranges_decided_later", _open_to(UNKNOWN)),
        unknown("access_decided_later", cluster({_PUBLIC: UNKNOWN})),
    ),
    PUBLIC_ENDPOINT_CLOSED.id: (
        ok("private_only", cluster()),
        fail("bootstrap_window_still_open", _open_to("203.0.113.0/24"), at=_PUBLIC),
        unknown("access_decided_later", cluster({_PUBLIC: UNKNOWN})),
    ),
    AUTHENTICATION_MODE.id: (
        ok("native", native()),
        fail("native_config_map", native({_MODE: "CONFIG_MAP"}), at=_MODE),
        ok("api", cluster()),
        fail("api_and_config_map", cluster({_MODE: "API_AND_CONFIG_MAP"}), at=_MODE),
        fail("config_map", cluster({_MODE: "CONFIG_MAP"}), at=_MODE),
        fail("access_config_omitted", cluster({"accessConfig": OMITTED}), at=_MODE),
        unknown("mode_decided_later", cluster({_MODE: UNKNOWN})),
    ),
    CREATOR_ADMIN.id: (
        ok("native", native()),
        fail("native_by_default", native({_CREATOR: OMITTED}), at=_CREATOR),
        ok("off", cluster()),
        fail("creator_is_admin", cluster({_CREATOR: True}), at=_CREATOR),
        fail("creator_is_admin_by_default", cluster({_CREATOR: OMITTED}), at=_CREATOR),
        unknown("decided_later", cluster({_CREATOR: UNKNOWN})),
    ),
}
