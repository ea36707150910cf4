"""Cases of metadata.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.compute.instances import INSTANCE, LAUNCH_TEMPLATE, SPOT_FLEET
from policies.rules.compute.metadata import DEFAULTS, HOP_LIMIT, IMDSV2, OPTIONS

HARDENED: Final[dict[str, Any]] = {
    "instanceType": "m7i.large",
    "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
}
_TOKENS, _HOPS = "metadataOptions.httpTokens", "metadataOptions.httpPutResponseHopLimit"


def _machine(changes: dict[Any, Any] | None = None, type_: str = INSTANCE) -> Item:
    return Item(type=type_, props=changed(HARDENED, changes or {}))


_FLEET = Item(type=SPOT_FLEET, props={"launchSpecifications": [{"ami": "ami-1", "instanceType": "m7i.large"}]})

CASES: dict[str, tuple[Case, ...]] = {
    IMDSV2.id: (
        ok("required", _machine()),
        ok("metadata_off", _machine({"metadataOptions": {"httpEndpoint": "disabled"}})),
        ok("defaults_of_the_region", Item(type=DEFAULTS, props={"httpTokens": "required"})),
        fail("tokens_optional", _machine({_TOKENS: "optional"}), at=_TOKENS),
        fail("options_omitted", _machine({OPTIONS: OMITTED}), at=_TOKENS),
        fail("template_without_options", _machine({OPTIONS: OMITTED}, LAUNCH_TEMPLATE), at=_TOKENS),
        fail("defaults_optional", Item(type=DEFAULTS, props={"httpTokens": "optional"}), at="httpTokens"),
        fail("spot_fleet_cannot", _FLEET, at="launchSpecifications[0].metadataOptions.httpTokens"),
        unknown("tokens_decided_later", _machine({_TOKENS: UNKNOWN})),
    ),
    HOP_LIMIT.id: (
        ok("one_hop", _machine()),
        ok("metadata_off", _machine({"metadataOptions": {"httpEndpoint": "disabled"}})),
        fail("two_hops", _machine({_HOPS: 2}), at=_HOPS),
        fail("limit_omitted", _machine({_HOPS: OMITTED}, LAUNCH_TEMPLATE), at=_HOPS),
        fail("limit_is_text", _machine({_HOPS: "many"}), at=_HOPS),
        unknown("limit_decided_later", _machine({_HOPS: UNKNOWN})),
    ),
}
