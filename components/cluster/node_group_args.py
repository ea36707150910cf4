"""Node groups of `Cluster`: arguments, and their validation (INH-4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from components.faults import Arguments, Fault, choice_faults, repeated, unless_matching, unless_within
from components.instance_types import architecture, is_instance_type
from components.people import name_faults
from policies.guidelines.eks import Architecture, NodeImage

REPELLING = ("NO_SCHEDULE", "NO_EXECUTE")
RELEASE: Final = re.compile(r"[\d.]+-[\da-f]+", re.A)
MOST_NODES: Final = 450
"""What EKS takes in one group: its quota 'Nodes per managed node group'."""
DISK_GIB: Final = (20, 16384)
LABEL_KEY: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?", re.A
)
LABEL_VALUE: Final = re.compile(r"(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?", re.A)
RESERVED_LABEL: Final = re.compile(
    r"(?:eks\.amazonaws\.com|(?!(?:node|kubelet)\.kubernetes\.io/)(?:[a-z0-9.-]+\.)?(?:kubernetes|k8s)\.io)/"
)
"""Labels that kubelet may not give its own node, and those that EKS gives."""


@dataclass(frozen=True, kw_only=True)
class Taint:
    """A taint of every node in a group."""

    key: str
    """Name of the taint."""
    value: str = ""
    """Its value; empty: none."""
    effect: Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"]
    """What happens to pods that do not tolerate it."""


@dataclass(frozen=True, kw_only=True)
class NodeGroup(Arguments):
    """A managed node group.

    Changes of the disk, labels and taints, and newer images roll through the group one node at a time. AWS has to
    replace a group for other instance types, another image, capacity or set of zones: the new group is made first, and
    the old group is drained after it.
    """

    name: str
    """Part of the resource names: lower-case letters, digits, dashes."""
    instance_types: Sequence[str] = ("m7i.large",)
    """One, or for SPOT several of the same size and architecture."""
    image: NodeImage = "AL2023"
    """Operating system of the nodes."""
    capacity: Literal["ON_DEMAND", "SPOT"] = "ON_DEMAND"
    """How AWS sells them: SPOT is cheaper, and taken away with two minutes' notice."""
    min_size: int = 3
    """Nodes, at least."""
    max_size: int = 6
    """Nodes, at most."""
    desired_size: int = 3
    """Nodes; with `autoscaled`, at the start."""
    autoscaled: bool = False
    """Whether an autoscaler decides how many nodes there are, between `min_size` and `max_size`: then a later change of
    `desired_size` does nothing, and no update undoes what the autoscaler did."""
    disk_gib: int = 50
    """Size of the encrypted volume for images and pods, in GiB."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Kubernetes labels of the nodes."""
    taints: Sequence[Taint] = ()
    """Kubernetes taints of the nodes."""
    zones: Sequence[str] | None = None
    """Letters of the zones it spreads over; None: all of the network's."""
    release: str | None = None
    """Release of the node image, such as 1.35.2-20260915; None: the newest when the group is made."""

    @property
    def takes_anything(self) -> bool:
        """Whether pods without tolerations run in this group."""
        return not any(taint.effect in REPELLING for taint in self.taints)

    def faults(self) -> Iterator[Fault]:
        """Yield the faults of the group alone (INH-4)."""
        yield from name_faults(("name",), self.name, "INH-4")
        yield from choice_faults(self, "INH-4")
        yield from self._size_faults()
        yield from self._instance_faults()
        yield from repeated(("zones",), self.zones or (), "INH-4")
        for key, value in self.labels.items():
            if not LABEL_KEY.fullmatch(key) or not LABEL_VALUE.fullmatch(value):
                found = f"{key}={value} is no label of Kubernetes"
                yield Fault(("labels",), found, "give one such as pool=spot", "INH-4")
            elif RESERVED_LABEL.match(key):
                found = f"{key} is reserved: EKS and kubelet refuse it"
                yield Fault(("labels",), found, "choose a domain of yours", "INH-4")
        for taint in self.taints:
            yield from (fault.under("taints") for fault in choice_faults(taint, "INH-4"))
            if not LABEL_KEY.fullmatch(taint.key) or not LABEL_VALUE.fullmatch(taint.value):
                found = f"{taint.key}={taint.value} is no taint of Kubernetes"
                yield Fault(("taints",), found, "give one such as gpu=yes", "INH-4")
        if self.release is not None:
            allowed = "an image release, such as 1.35.2-20260915"
            yield from unless_matching(("release",), self.release, RELEASE, allowed, "INH-4")

    def _size_faults(self) -> Iterator[Fault]:
        if not 0 <= self.min_size <= self.desired_size <= self.max_size:
            found = f"{self.min_size}, {self.desired_size} and {self.max_size} are not in order"
            yield Fault(("desired_size",), found, "sizes must be `min_size` <= `desired_size` <= `max_size`", "INH-4")
        yield from unless_within(("max_size",), self.max_size, 1, MOST_NODES, "INH-4")
        yield from unless_within(("disk_gib",), self.disk_gib, *DISK_GIB, "INH-4")

    def _instance_faults(self) -> Iterator[Fault]:
        path, types = ("instance_types",), ", ".join(self.instance_types)
        strange = [kind for kind in self.instance_types if not is_instance_type(kind)]
        for kind in strange:
            yield Fault(path, f"{kind!r} is not an instance type", "give one such as m7i.large", "INH-4")
        if not strange and len({architecture(kind) for kind in self.instance_types}) != 1:
            found = f"{types or 'nothing'} are not of one architecture"
            yield Fault(path, found, "name instance types that share one architecture", "INH-4")


def architectures(groups: Sequence[NodeGroup]) -> list[Architecture]:
    """Architectures of the nodes that run pods without tolerations.

    Raises:
        ValueError: a group has an invalid instance type.
    """
    usable = [group for group in groups if group.takes_anything and group.max_size]
    return sorted({architecture(kind) for group in usable for kind in group.instance_types})
