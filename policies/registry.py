"""Every policy of the pack, one after the other, and the pack's name."""

from __future__ import annotations

from typing import Final

from policies import account, rbac, regions, reviewed, tls_edge, tls_listeners, visibility, vpn
from policies.cases import Case
from policies.compute import exposure, machine_images, metadata, user_data, volumes
from policies.data import buckets, public_access, sharing, stores
from policies.deis import hygiene, hygiene_cases, registration, router_tls, routes, whitelist
from policies.eks import access, control_plane, endpoint, nodes, nodes_cases
from policies.iam import attachments, permissions, trust
from policies.network import ingress, lists, vpcs, vpcs_cases
from policies.policy import Policy
from policies.workloads import (
    balancer_tls,
    baseline,
    baseline_cases,
    images,
    namespaces,
    restricted,
    restricted_cases,
    services,
)

PACK: Final = "palisade"

POLICIES: Final[tuple[Policy, ...]] = (
    *endpoint.POLICIES,
    *control_plane.POLICIES,
    *access.POLICIES,
    *metadata.POLICIES,
    *exposure.POLICIES,
    *user_data.POLICIES,
    *ingress.POLICIES,
    *permissions.POLICIES,
    *buckets.POLICIES,
    *public_access.POLICIES,
    *baseline.POLICIES,
    *namespaces.POLICIES,
    *registration.POLICIES,
    *whitelist.POLICIES,
    *routes.POLICIES,
    *router_tls.POLICIES,
    *hygiene.POLICIES,
    *trust.POLICIES,
    *attachments.POLICIES,
    *account.POLICIES,
    *nodes.POLICIES,
    *vpcs.POLICIES,
    *lists.POLICIES,
    *volumes.POLICIES,
    *machine_images.POLICIES,
    *stores.POLICIES,
    *sharing.POLICIES,
    *tls_listeners.POLICIES,
    *restricted.POLICIES,
    *images.POLICIES,
    *services.POLICIES,
    *balancer_tls.POLICIES,
    *rbac.POLICIES,
    *vpn.POLICIES,
    *visibility.POLICIES,
    *tls_edge.POLICIES,
    *regions.POLICIES,
    # The last, when the others have said which exceptions they needed.
    *reviewed.POLICIES,
)

CASES: Final[dict[str, tuple[Case, ...]]] = {
    **endpoint.CASES,
    **control_plane.CASES,
    **access.CASES,
    **metadata.CASES,
    **exposure.CASES,
    **user_data.CASES,
    **ingress.CASES,
    **permissions.CASES,
    **buckets.CASES,
    **public_access.CASES,
    **baseline_cases.CASES,
    **namespaces.CASES,
    **registration.CASES,
    **whitelist.CASES,
    **routes.CASES,
    **router_tls.CASES,
    **hygiene_cases.CASES,
    **trust.CASES,
    **attachments.CASES,
    **account.CASES,
    **nodes_cases.CASES,
    **vpcs_cases.CASES,
    **lists.CASES,
    **volumes.CASES,
    **machine_images.CASES,
    **stores.CASES,
    **sharing.CASES,
    **tls_listeners.CASES,
    **restricted_cases.CASES,
    **images.CASES,
    **services.CASES,
    **balancer_tls.CASES,
    **rbac.CASES,
    **vpn.CASES,
    **visibility.CASES,
    **tls_edge.CASES,
    **regions.CASES,
    **reviewed.CASES,
}
"""ID -> cases."""
