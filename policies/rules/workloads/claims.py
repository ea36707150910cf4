"""Volume claims in all places: as objects, in a StatefulSet, or in a pod as an ephemeral volume."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.kinds import CORE_ONLY, WORKLOADS, Kinds
from policies.kernel.resource import Resource
from policies.kernel.value import Value
from policies.rules.workloads.pods import Pod, pods

CLAIMS: Final = Kinds({"PersistentVolumeClaim": CORE_ONLY})
"""The objects; `CLAIMING` are the types that make claims."""
CLAIMING: Final = CLAIMS | WORKLOADS


def claims(resource: Resource) -> Iterator[Value]:
    """The claims in a resource, each with `metadata` and `spec`."""
    yield from (one.value for one in CLAIMS.objects(resource))
    if resource.type in WORKLOADS:
        for pod in pods(resource):
            yield from claim_templates(pod)


def claim_templates(pod: Pod) -> Iterator[Value]:
    """The claims created with a pod."""
    with pod.resource.isolate():
        if pod.kind == "StatefulSet":
            yield from pod.owner.along("spec", "volumeClaimTemplates").items()
    with pod.resource.isolate():
        for volume in pod.spec["volumes"].items():
            with pod.resource.isolate():
                template = volume["ephemeral"]["volumeClaimTemplate"]
                if template.present:
                    yield template
