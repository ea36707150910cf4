"""Kubernetes kinds as the types of a policy: in any version of their API group, as objects, patches and lists."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from policies.guidelines import workloads as guideline
from policies.guidelines.eks import KUBERNETES_NAMESPACES
from policies.kernel.pod_specs import containers_beside, pods_in
from policies.kernel.resource import Resource
from policies.kernel.value import Value

PACKAGE: Final = "kubernetes"
CORE: Final = ""
WRAPPERS: Final = ("Patch", "List")
"""`DeploymentPatch` changes a Deployment, `DeploymentList` holds some: both are judged as Deployments."""
OF_KUBERNETES: Final = ".k8s.io"
"""The end of its own groups that have a dot; one of anybody else has a dot, too, by the rules for their names."""
NOT_OBJECTS: Final = frozenset({"helm.sh", "yaml", "kustomize"})
"""What stands where others have a group, and makes objects without being one."""
CHART: Final = "kubernetes:helm.sh/v4:Chart"
"""A component, whose objects are registered one by one."""
RELEASE: Final = "kubernetes:helm.sh/v3:Release"
"""Helm's own way to make objects, which are seen nowhere."""
TEMPLATES: Final = {workload.kind: workload.template for workload in guideline.WORKLOADS}
"""Where a kind describes its pods; custom kinds do it anywhere."""
REQUIRED: Final = {
    "Ingress": ("rules", "defaultBackend"),
    "NetworkPolicy": ("podSelector",),
    "Service": ("ports", "externalName"),
}
"""What the API asks for in a spec, at least one of them; what makes pods needs their images and a selector."""
DEFAULT_NAMESPACE: Final = "default"
"""Where an object is that names no namespace."""


@dataclass(frozen=True)
class Kind:
    """The parts of a type token."""

    group: str
    version: str
    kind: str
    """Without `Patch` and `List`."""
    wrapper: str

    @property
    def custom(self) -> bool:
        """Whether it is in a third-party API group, such as argoproj.io."""
        return "." in self.group and not self.group.endswith(OF_KUBERNETES) and self.group not in NOT_OBJECTS


@functools.lru_cache(maxsize=4096)
def kind_of(type_: str) -> Kind | None:
    """The kind of a token such as kubernetes:apps/v1:Deployment; None if it is not a Kubernetes object."""
    package, _, rest = type_.partition(":")
    api, _, name = rest.partition(":")
    if package != PACKAGE or not name:
        return None
    group, _, version = api.rpartition("/")
    wrapper = next((end for end in WRAPPERS if name.endswith(end)), "")
    return Kind("" if group == "core" else group, version, name.removesuffix(wrapper), wrapper)


class Kinds:
    """The kinds that a policy covers.

    Args:
        groups: kind -> its API groups.
        templated: whether custom kinds with pod templates are included.
    """

    def __init__(self, groups: Mapping[str, frozenset[str]], *, templated: bool = False) -> None:
        self._groups = groups
        self._templated = templated
        self._has = functools.lru_cache(maxsize=4096)(self._holds)

    def __contains__(self, type_: object) -> bool:
        """Whether a type token is one of these kinds, a patch or a list of them, or a list of any kind."""
        return self._has(type_)

    def _holds(self, type_: object) -> bool:
        kind = kind_of(type_) if isinstance(type_, str) else None
        if kind is None:
            return False
        if kind.group in self._groups.get(kind.kind, ()) or (self._templated and kind.custom):
            return True
        return kind.kind == "" and kind.wrapper == "List"

    def __or__(self, other: Kinds) -> Kinds:
        return Kinds({**self._groups, **other._groups}, templated=self._templated or other._templated)

    def groups(self, kind: str) -> frozenset[str]:
        """The API groups in which a kind is one of these kinds."""
        return self._groups.get(kind, frozenset())

    def __iter__(self) -> Iterator[str]:
        return iter(self._groups)

    def objects(self, resource: Resource) -> Iterator[Object]:
        """The objects of these kinds in a resource: the resource itself, or the items of a list."""
        kind = kind_of(resource.type) if resource.type in self else None
        if kind is None:
            return
        if kind.wrapper != "List":
            if not kind.custom:
                yield Object(kind.kind, resource.props, kind)
            elif _describes_pods(resource, resource.props):
                yield Object(f"{kind.kind}.{kind.group}", resource.props, kind)
            return
        for item in resource.props["items"].items():
            with resource.isolate():
                name, version = item["kind"].text() or kind.kind, item["apiVersion"].text() or ""
                inner = kind_of(f"{PACKAGE}:{version}:{name}") if version else kind
                if name in self._groups:
                    yield Object(name, item, kind)
                elif self._templated and inner and inner.custom and _describes_pods(resource, item):
                    yield Object(f"{name}.{inner.group}", item, kind)


def _describes_pods(resource: Resource, value: Value) -> bool:
    found = pods_in(value)
    resource.unknown += found.unknown
    return bool(found.specs)


def listed_types(resource: Resource) -> Iterator[tuple[Value, str]]:
    """The items of a list, each with its type token."""
    kind = kind_of(resource.type)
    if kind is None or kind.wrapper != "List":
        return
    for item in resource.props["items"].items():
        with resource.isolate():
            version = item["apiVersion"].text() or f"{kind.group}/{kind.version}".lstrip("/")
            name = item["kind"].text() or kind.kind
            yield item, f"{PACKAGE}:{version if '/' in version else f'core/{version}'}:{name}"


@dataclass(frozen=True)
class Object:
    """A Kubernetes object."""

    kind: str
    """With its group, as in Rollout.argoproj.io, if it is a custom one."""
    value: Value
    token: Kind
    """What the resource's type says, of a list's item that of the list."""

    @property
    def patch(self) -> bool:
        """Whether it is a patch that cannot create the object, but needs an existing one.

        Server-side apply creates a missing object, and pulumi-kubernetes sends every patch that way
        (provider/pkg/await/await.go, read on 2026-11-28). So a patch with all fields that the API requires is a whole
        object.

        Raises:
            NotKnownError: the deciding fields are not known yet.
        """
        kind, value = self.token, self.value
        if kind.wrapper != "Patch":
            return False
        if kind.custom:
            specs = [pod.spec for pod in pods_in(value).specs]
        elif kind.kind == "Namespace":
            return self.name.text() in KUBERNETES_NAMESPACES
        elif kind.kind in REQUIRED:
            return not any(value["spec"][name].present for name in REQUIRED[kind.kind])
        elif kind.kind in TEMPLATES:
            specs = [value.along(*TEMPLATES[kind.kind], "spec")]
        else:
            return True
        containers = [one for spec in specs for one in (*spec["containers"].items(), *containers_beside(spec))]
        images = [container["image"].present for container in containers]
        return not images or not all(images) or (kind.group in APPS and not value["spec"]["selector"].present)

    @property
    def name(self) -> Value:
        """metadata.name."""
        return self.value.along("metadata", "name")

    @property
    def namespace(self) -> Value:
        """metadata.namespace."""
        return self.value.along("metadata", "namespace")


APPS: Final = frozenset({"apps", "extensions"})
RBAC: Final = frozenset({"rbac.authorization.k8s.io"})
CORE_ONLY: Final = frozenset({CORE})

WORKLOADS: Final = Kinds(
    {
        workload.kind: APPS if workload.group in APPS else frozenset({workload.group})
        for workload in guideline.WORKLOADS
    },
    templated=True,
)
"""Everything that makes pods, and shows how: custom resources, too, but not what an operator decides by itself."""
CONFIG_MAPS: Final = Kinds({"ConfigMap": CORE_ONLY})
NETWORK_POLICIES: Final = Kinds({"NetworkPolicy": frozenset({"networking.k8s.io", "extensions"})})
NAMESPACES: Final = Kinds({"Namespace": CORE_ONLY})
SECRETS: Final = Kinds({"Secret": CORE_ONLY})
SERVICES: Final = Kinds({"Service": CORE_ONLY})
ROLES: Final = Kinds({"Role": RBAC, "ClusterRole": RBAC})
BINDINGS: Final = Kinds({"RoleBinding": RBAC, "ClusterRoleBinding": RBAC})
