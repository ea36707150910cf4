"""Every policy of the pack, in the order in which they are served, and the pack's name."""

from __future__ import annotations

import functools
import importlib
from typing import Final

from policies.kernel.cases import Case
from policies.kernel.policy import Policy

PACK: Final = "palisade"

MODULES: Final = (
    "eks.endpoint",
    "eks.control_plane",
    "eks.access",
    "compute.metadata",
    "compute.public_addresses",
    "compute.key_pairs",
    "compute.user_data",
    "compute.kubelets",
    "network.ingress",
    "network.rules_together",
    "network.ways_in",
    "network.front_ports",
    "iam.permissions",
    "data.buckets",
    "data.public_access",
    "data.bucket_history",
    "workloads.baseline",
    "workloads.namespaces",
    "deis.registration",
    "deis.controller",
    "deis.whitelist",
    "deis.routes",
    "deis.behind_router",
    "deis.router_tls",
    "deis.hygiene",
    "iam.trust",
    "iam.issuers",
    "iam.attachments",
    "iam.identities",
    "iam.foreign",
    "iam.console",
    "iam.sign_in",
    "account.trails",
    "account.log_buckets",
    "account.detection",
    "account.ebs_encryption",
    "account.guard_rails",
    "eks.nodes",
    "eks.addons",
    "network.vpcs",
    "network.descriptions",
    "network.network_acls",
    "network.dns_records",
    "compute.volumes",
    "compute.machine_images",
    "compute.node_classes",
    "data.keys",
    "data.databases",
    "data.registries",
    "data.sharing",
    "data.plain_secrets",
    "tls.listeners",
    "tls.databases",
    "tls.certificates",
    "workloads.restricted",
    "workloads.images",
    "workloads.resources",
    "workloads.tokens",
    "workloads.environment",
    "workloads.services",
    "workloads.storage_classes",
    "workloads.node_volumes",
    "workloads.balancer_tls",
    "workloads.routes",
    "workloads.hardening",
    "workloads.ingresses",
    "workloads.quotas",
    "workloads.api_versions",
    "rbac.roles",
    "rbac.bindings",
    "rbac.reach",
    "rbac.accounts",
    "rbac.guard_rails",
    "vpn.bastion",
    "pack.closed_world",
    "pack.providers",
    "pack.coverage",
    "tls.edge",
    "account.regions",
    "services.encryption",
    "services.records",
    "services.keeping",
    "services.accepting",
    # Last: it reports the exemptions that the others used.
    "pack.exemption_review",
)
"""Modules of policies/rules. Each has POLICIES; the module of the same name with `_cases` has CASES."""


def _module(name: str) -> str:
    return f"{__package__}.rules.{name}"


POLICIES: Final[tuple[Policy, ...]] = tuple(
    policy for name in MODULES for policy in importlib.import_module(_module(name)).POLICIES
)


@functools.cache
def cases() -> dict[str, tuple[Case, ...]]:
    """Cases by policy ID. Serving the pack never imports them."""
    return {
        policy: of_policy
        for name in MODULES
        for policy, of_policy in importlib.import_module(f"{_module(name)}_cases").CASES.items()
    }
