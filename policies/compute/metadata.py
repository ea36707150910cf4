"""Policies about the instance metadata service, which hands out a machine's credentials (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.instances import ALL_LAUNCHERS, INSTANCE, LAUNCH_TEMPLATE, SPOT_FLEET, machines
from policies.judged import Resource, Violation, breach
from policies.policy import HIGH, MEDIUM, REMEDIATE, Policy
from policies.remedies import Change
from policies.values import Value

DEFAULTS: Final = "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults"
OPTIONS: Final = "metadataOptions"
TYPES: Final = ALL_LAUNCHERS | {DEFAULTS}
MOST_HOPS: Final = 1
"""With more, a container behind a bridge reaches the node's credentials."""


def _options(resource: Resource) -> Iterator[Value]:
    """Where the metadata service is set up, but for those that switch it off."""
    found = [resource.props] if resource.type == DEFAULTS else [one.value[OPTIONS] for one in machines(resource)]
    for options in found:
        with resource.apart():
            if options["httpEndpoint"].text() != "disabled":
                yield options


def _imdsv2(resource: Resource) -> Iterator[Violation]:
    for options in _options(resource):
        with resource.apart():
            tokens = options["httpTokens"]
            if tokens.text() != "required":
                yield breach(tokens, tokens.text() or "nothing (optional)", "required")


def _set(resource: Resource, name: str, value: Any) -> list[Change]:
    if resource.type == SPOT_FLEET:
        return []  # Its specifications know no metadata options at all.
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
        with resource.apart():
            limit = options["httpPutResponseHopLimit"]
            hops = limit.number()
            if hops is None or not 0 <= hops <= MOST_HOPS:
                yield breach(limit, "nothing (the image's default)" if hops is None else f"{hops:g}", f"{MOST_HOPS}")


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
