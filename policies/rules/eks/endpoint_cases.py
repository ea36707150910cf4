"""Cases of endpoint.py."""

from __future__ import annotations

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.eks.endpoint import (
    AUTHENTICATION_MODE,
    CREATOR_ADMIN,
    PRIVATE_ENDPOINT,
    PUBLIC_ENDPOINT,
    PUBLIC_ENDPOINT_CLOSED,
)
from policies.rules.eks.resources import cluster, native


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
        ok("open_to_everyone_is_another_policy_s", _open_to("0.0.0.0/0")),
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
