"""Properties derived from the name of an instance type: architecture, and number of pod addresses per node.

The VPC CNI assigns each pod an address of the VPC, so a node uses up to (interfaces x addresses per interface) of its
subnet. The table covers EC2's Nitro families by size; an unknown size counts as the largest, so that a warning comes
too early rather than too late.
"""

from __future__ import annotations

import re
from typing import Final

from policies.guidelines.eks import Architecture

INSTANCE_TYPE: Final = re.compile(r"([a-z]+)-?\d+([a-z0-9-]*)\.[a-z0-9-]+", re.ASCII)
LARGEST: Final = (15, 50)
BY_SIZE: Final[dict[str, tuple[int, int]]] = {
    "medium": (2, 4),
    "large": (3, 10),
    "xlarge": (4, 15),
    "2xlarge": (4, 15),
    "3xlarge": (4, 15),
    "4xlarge": (8, 30),
    "6xlarge": (8, 30),
    "8xlarge": (8, 30),
    "9xlarge": (8, 30),
    "12xlarge": (8, 30),
}
"""Size -> (interfaces, IPv4 addresses per interface)."""
BURSTABLE: Final[dict[str, tuple[int, int]]] = {
    "nano": (2, 2),
    "micro": (2, 2),
    "small": (3, 4),
    "medium": (3, 6),
    "large": (3, 12),
    "xlarge": (4, 15),
    "2xlarge": (4, 15),
}
"""The same for the t families."""


def is_instance_type(text: str) -> bool:
    """Whether a text is a syntactically valid instance type."""
    return INSTANCE_TYPE.fullmatch(text) is not None


def architecture(instance_type: str) -> Architecture:
    """arm64 for Graviton, whose families have a g after the generation (m7g, c7gn, t4g), and for a1; else x86_64.

    Raises:
        ValueError: not an instance type.
    """
    parts = INSTANCE_TYPE.fullmatch(instance_type)
    if parts is None:
        raise ValueError(f"{instance_type!r} is not an instance type such as m7i.large")
    family, attributes = parts.groups()
    return "arm64" if family == "a" or "g" in attributes else "x86_64"


def addresses_per_node(instance_type: str) -> int:
    """The most subnet addresses that a node of this type uses, including its own."""
    family, _, size = instance_type.partition(".")
    interfaces, each = (BURSTABLE if family.startswith("t") else BY_SIZE).get(size, LARGEST)
    return interfaces * each
