"""Pod specs in all places: in pods, and in the templates of workloads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from policies.guidelines import workloads as guideline
from policies.kernel.cases import Item, changed
from policies.kernel.kinds import TEMPLATES, WORKLOADS, Object
from policies.kernel.pod_specs import containers_beside, pods_in
from policies.kernel.resource import Resource, Violation
from policies.kernel.value import Value

DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"


@dataclass(frozen=True)
class Pod:
    """A pod spec."""

    resource: Resource
    made_by: Object
    """The object that makes it, or itself."""
    metadata: Value
    spec: Value

    @property
    def kind(self) -> str:
        """The kind of the object that contains it."""
        return self.made_by.kind

    @property
    def owner(self) -> Value:
        """The properties of the object that contains it."""
        return self.made_by.value

    @property
    def patch(self) -> bool:
        """Whether it is a patch, with the changed fields only."""
        return self.made_by.patch

    def containers(self) -> Iterator[Value]:
        """All containers, including init and ephemeral containers."""
        for name in guideline.CONTAINER_LISTS:
            with self.resource.isolate():
                yield from self.spec[name].items()
        if self.kind not in TEMPLATES:
            yield from containers_beside(self.spec)

    def images(self) -> Iterator[Value]:
        """The names of all images: those of containers, and those mounted as volumes."""
        for container in self.containers():
            with self.resource.isolate():
                yield container["image"]
        with self.resource.isolate():
            for volume in self.spec["volumes"].items():
                with self.resource.isolate():
                    yield volume["image"]["reference"]

    def contexts(self) -> Iterator[Value]:
        """The security contexts of the pod and of its containers."""
        yield self.spec["securityContext"]
        for container in self.containers():
            with self.resource.isolate():
                yield container["securityContext"]

    @property
    def own_users(self) -> bool:
        """Whether it has a user namespace: root inside is unprivileged outside."""
        return not self.spec["hostUsers"].flag(default=True)

    @property
    def windows(self) -> bool:
        """Whether it declares Windows, which lacks some of Linux's controls."""
        return self.spec.along("os", "name").text() == "windows"


def pods(resource: Resource) -> Iterator[Pod]:
    """The pod specs in a resource."""
    for found in WORKLOADS.objects(resource):
        with resource.isolate():
            if found.kind in TEMPLATES:
                template = found.value.along(*TEMPLATES[found.kind])
                yield Pod(resource, found, template["metadata"], template["spec"])
            else:
                for one in pods_in(found.value).specs:
                    yield Pod(resource, found, one.metadata, one.spec)


Check = Callable[[Pod], Iterator[Violation]]


def each_pod(check: Check) -> Callable[[Resource], Iterator[Violation]]:
    """A rule that runs a check on every pod."""

    def rule(resource: Resource) -> Iterator[Violation]:
        yield from resource.each(pods(resource), check)

    return rule


def of_containers(check: Callable[[Value], Iterator[Violation]]) -> Check:
    """A check of every container of a pod."""
    return lambda pod: pod.resource.each(pod.containers(), check)


def of_contexts(check: Callable[[Value], Iterator[Violation]]) -> Check:
    """A check of every security context of a pod."""
    return lambda pod: pod.resource.each(pod.contexts(), check)


# For cases.

HARDENED: Final[dict[str, Any]] = {
    "serviceAccountName": "web",
    "automountServiceAccountToken": False,
    "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
    "volumes": [{"name": "tmp", "emptyDir": {}}],
    "containers": [
        {
            "name": "web",
            "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web@sha256:" + "0" * 64,
            "ports": [{"containerPort": 8080}],
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
            "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "128Mi"}},
        }
    ],
}
"""A pod at the restricted level."""
SPEC: Final = "spec.template.spec"
CONTAINER: Final = f"{SPEC}.containers[0]"


def pod_spec(changes: dict[Any, Any] | None = None) -> dict[str, Any]:
    """The hardened pod's spec with changes."""
    return changed(HARDENED, changes or {})


def deployment(changes: dict[Any, Any] | None = None, *, type_: str = DEPLOYMENT, **template: Any) -> Item:
    """A Deployment of the hardened pod with changes of its spec."""
    return Item(type=type_, props=_made({"template": {"spec": pod_spec(changes), **template}}))


def workload(kind: str, changes: dict[Any, Any]) -> Item:
    """The hardened pod with changes, in another workload kind: group/version:Kind."""
    template = {"spec": pod_spec(changes)}
    name = kind.rsplit(":", 1)[-1]
    props = {
        "Pod": template,
        "PodTemplate": {"template": template},
        "CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
    }.get(name, {"spec": {"template": template}})
    return Item(type=f"kubernetes:{kind}", props={"metadata": {"name": "web", "namespace": "shop"}, **props})


def _made(spec: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": "web", "namespace": "shop"}, "spec": spec}
