"""EKS, except Fargate: moto drops most settings of a cluster and has no add-ons and no access entries."""

from __future__ import annotations

from sandbox.emulator.call import Operation
from sandbox.emulator.services.eks import access, addons, clusters, nodegroups, pod_identity, records

OPERATIONS: dict[str, Operation] = {
    **clusters.OPERATIONS,
    **nodegroups.OPERATIONS,
    **addons.OPERATIONS,
    **access.OPERATIONS,
    **pod_identity.OPERATIONS,
    **records.OPERATIONS,
}
