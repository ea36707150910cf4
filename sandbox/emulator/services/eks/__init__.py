"""EKS, all of it but Fargate: moto forgets most settings of a cluster and knows no add-on and no access entry."""

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
