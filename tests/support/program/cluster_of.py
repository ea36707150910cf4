"""A recorded network with a cluster, for the tests of the cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from components.cluster import Cluster, ClusterArgs
from components.network import Network, NetworkArgs
from sandbox.providers.mocks import Run
from tests.support.program.recorded import CONTEXT, TAGS, person, record

PEOPLE = (person("ada", "admin"), person("grace", "operator"), person("lin", "viewer"))


def arguments(network: Network, **changes: Any) -> ClusterArgs:
    """The arguments with which __main__ creates a cluster in a network."""
    given: dict[str, Any] = {
        "context": CONTEXT,
        "tags": TAGS,
        "people": PEOPLE,
        "vpc_id": network.vpc_id,
        "vpc_cidr": network.vpc_cidr,
        "control_plane_subnet_ids": network.intra_subnet_ids,
        "node_subnet_ids": network.private_subnet_ids,
        "node_subnet_cidrs": network.private_subnet_cidrs,
        "nodes_after": network.ways_out,
    }
    return ClusterArgs(**{**given, **changes})


def plain(**changes: Any) -> ClusterArgs:
    """Arguments without a real network, for checks before anything is registered."""
    zones = "abc"
    given: dict[str, Any] = {
        "context": CONTEXT,
        "tags": TAGS,
        "people": PEOPLE,
        "vpc_id": "vpc-1",
        "vpc_cidr": "10.40.0.0/16",
        "control_plane_subnet_ids": {zone: f"subnet-intra-{zone}" for zone in zones},
        "node_subnet_ids": {zone: f"subnet-private-{zone}" for zone in zones},
        "node_subnet_cidrs": {zone: f"10.40.{64 + at}.0/24" for at, zone in enumerate(zones)},
    }
    return ClusterArgs(**{**given, **changes})


def recorded(
    use: Callable[[Cluster], Any] = lambda cluster: None,
    *,
    known: bool = True,
    network: dict[str, Any] | None = None,
    **changes: Any,
) -> Run:
    """All resources of a network and a cluster; `use` can add more to the cluster."""

    def program() -> Any:
        made = Network("net", NetworkArgs(context=CONTEXT, tags=TAGS, **(network or {})))
        return use(Cluster("pal", arguments(made, **changes)))

    return record(program, known=known)
