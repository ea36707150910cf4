"""Policies about EKS add-ons (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import ADVISORY, HIGH, LOW, MANDATORY, MEDIUM, Policy
from policies.kernel.references import Referrers
from policies.kernel.resource import Resource, Stack, Violation, violation
from policies.rules.eks.resources import ADDONS, CLUSTERS

CNI: Final = "vpc-cni"
UNPINNED: Final = frozenset({"", "latest", "default"})


def _pinned(resource: Resource) -> Iterator[Violation]:
    version = resource.props["addonVersion"]
    if (version.text() or "").lower() in UNPINNED:
        yield violation(version, version.text() or "nothing (whatever is the default)", "a version")


PINNED = Policy(
    id="addon-version-pinned",
    requirement="INH-4",
    types=ADDONS,
    level=ADVISORY,
    severity=LOW,
    description="An add-on changes when somebody decides it, not when AWS does.",
    fix="set addonVersion; `aws eks describe-addon-versions` lists them",
    rule=_pinned,
)


def _network_policy(resource: Resource) -> Iterator[Violation]:
    if resource.props["addonName"].text() != CNI:
        return
    values = resource.props["configurationValues"]
    given = values.document()["enableNetworkPolicy"] if values.present else values
    if not given.flag():
        yield violation(values, "no enableNetworkPolicy", '{"enableNetworkPolicy": "true"}')


NETWORK_POLICY = Policy(
    id="cni-network-policy-on",
    requirement="INH-4",
    types=ADDONS,
    level=MANDATORY,
    severity=HIGH,
    description="Network policies are enforced: without this, they are accepted and do nothing.",
    fix='give the add-on vpc-cni the configurationValues {"enableNetworkPolicy": "true"}',
    rule=_network_policy,
)


def _has_cni(stack: Stack) -> Iterator[Violation]:
    addons = Referrers(stack, stack.of(ADDONS), "clusterName")
    for one in stack.of(CLUSTERS):
        with stack.isolate():
            auto = one.props.along("computeConfig", "enabled").flag()
            named = {addon.props["addonName"].text() for addon in addons.to(one, "name", "id")}
            if not auto and CNI not in named:
                yield violation("addons", f"no add-on {CNI} in this stack", f"{CNI} with network policies on", one.urn)


HAS_CNI = Policy(
    id="cni-addon-present",
    requirement="INH-4",
    types=ADDONS | CLUSTERS,
    level=ADVISORY,
    severity=MEDIUM,
    description="The CNI of a cluster comes as an add-on, where its settings are seen.",
    fix=f"add an aws.eks.Addon {CNI}, and set bootstrapSelfManagedAddons to false for new clusters",
    stack_rule=_has_cni,
)

POLICIES = (PINNED, NETWORK_POLICY, HAS_CNI)
