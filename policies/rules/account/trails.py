"""A policy about CloudTrail: multi-region, validated, encrypted (AWS-TRAIL)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value

TRAIL: Final = "aws:cloudtrail/trail:Trail"


def _leaves_out(selector: Value) -> bool:
    """Whether a selector excludes some management events."""
    kinds = selector["readWriteType"].text() not in (None, "All")
    excluded = bool(selector["excludeManagementEventSources"].items())
    return kinds or excluded or not selector["includeManagementEvents"].flag(default=True)


def _leaves_out_advanced(selector: Value) -> bool:
    fields = {
        one["field"].text(): [each.text() for each in one["equals"].items()]
        for one in selector["fieldSelectors"].items()
    }
    return fields != {"eventCategory": ["Management"]}


def _trail(resource: Resource) -> Iterator[Violation]:
    props = resource.props
    for name in ("isMultiRegionTrail", "enableLogFileValidation"):
        with resource.isolate():
            if not props[name].flag():
                yield violation(props[name], "false" if props[name].present else "nothing (false)", "true")
    for name in ("includeGlobalServiceEvents", "enableLogging"):
        with resource.isolate():
            if not props[name].flag(default=True):
                yield violation(props[name], "false", "true")
    for name, without in (("eventSelectors", _leaves_out), ("advancedEventSelectors", _leaves_out_advanced)):
        with resource.isolate():
            # Several selectors together record the union of their events.
            selectors = props[name].items()
            if selectors and all(without(one) for one in selectors):
                yield violation(props[name], "none of all management events, reading and writing", "one of them")
    if not props["kmsKeyId"].text():
        yield violation(props["kmsKeyId"], "nothing", "a customer-managed KMS key")


CLOUDTRAIL = Policy(
    id="cloudtrail-multiregion-validated-encrypted",
    requirement="AWS-TRAIL",
    types=frozenset({TRAIL}),
    level=MANDATORY,
    severity=HIGH,
    description="The audit trail has every call in every region, proves that nobody changed it, and is encrypted.",
    fix="set isMultiRegionTrail, enableLogFileValidation and kmsKeyId; selectors keep all management events",
    rule=_trail,
)

POLICIES = (CLOUDTRAIL,)
