"""The namespace of Deis, with its limits (INH-4).

Pod Security: `baseline` is enforced, because the images of controller and builder, and the build pods, do not support
`restricted`; violations of `restricted` are warned about and audited.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi

from components.namespace import Limits, NamespaceBase
from components.namespace import make_namespace as make_closed_namespace
from policies.guidelines.deis import NAMESPACE

LIMITS: Final = Limits(
    quota={
        "pods": "60",
        "requests.cpu": "32",
        "requests.memory": "64Gi",
        "services.loadbalancers": "0",
        # The three ports of the router, and no others.
        "services.nodeports": "3",
    },
    # For the build pods: the builder sets neither requests nor limits on them.
    default_requests={"cpu": "500m", "memory": "1Gi"},
    default_limits={"memory": "2Gi"},
)


def make_namespace(name: str, after: Sequence[pulumi.Resource], parent: pulumi.Resource) -> NamespaceBase:
    """Make the namespace after the resources in `after`, and its limits."""
    return make_closed_namespace(
        name, NAMESPACE, LIMITS, enforce="baseline", labelled={"heritage": "deis"}, after=after, parent=parent
    )
