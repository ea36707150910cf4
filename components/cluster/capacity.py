"""Whether the nodes' subnets have room for the pods of all node groups at their largest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from components.cluster.node_group_args import NodeGroup
from components.instance_types import addresses_per_node
from components.network.plan import usable_addresses

SURGE = 1
"""Nodes above its maximum that a group runs while it is replaced one by one."""
OTHERS = 16
"""Addresses left for what shares the subnets: databases, internal load balancers."""


def shortages(groups: Sequence[NodeGroup], subnet_cidrs: Mapping[str, str]) -> list[str]:
    """A sentence for every zone whose subnet is too small; empty if everything fits.

    A group spreads evenly over its zones, so a zone gets its share, rounded up.
    """
    needed = dict.fromkeys(subnet_cidrs, OTHERS)
    for group in groups:
        zones = list(group.zones or subnet_cidrs)
        nodes = math.ceil((group.max_size + SURGE) / len(zones))
        for zone in zones:
            needed[zone] += nodes * max(addresses_per_node(kind) for kind in group.instance_types)
    return [
        f"the nodes' subnet of zone {zone} ({cidr}) has {usable_addresses(cidr)} addresses, but with every node group "
        f"at its largest {needed[zone]} are needed: pods will wait. Give the VPC a wider range or lower maxSize."
        for zone, cidr in subnet_cidrs.items()
        if needed[zone] > usable_addresses(cidr)
    ]
