"""Where a verdict may differ, and why that is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TASKS: Final = frozenset({"job_instead_of_deployment", "cron_job_instead_of_deployment"})
OTHER_ROUTERS: Final = frozenset(
    f"{name}_instead_of_deployment"
    for name in ("custom_resource", "pod", "pod_template", "replica_set", "rollout", "job", "cron_job")
)
REVIEWED: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "deis-controller-code": (TASKS, "A task runs to an end, and bears no label that a Service selects."),
    "deis-controller-environment": (TASKS, "A task serves nobody."),
    "registration-not-open": (TASKS, "A task serves nobody."),
    "whitelist-enforced": (
        OTHER_ROUTERS,
        "The router reads the annotations of the Deployment deis-router (teamhephy/router, model/model.go).",
    ),
    "custom-resource-allowlist": (
        frozenset({"in_a_list", "in_a_list_of_its_kind"}),
        "Fields that hide pods are looked for in single resources: the provider makes no list.",
    ),
    "cluster-guard-rails-kept": (frozenset({"as_a_patch"}), "A patch changes what another stack made."),
    "kind-as-typed": (frozenset({"in_a_list"}), "An item of a List is judged as the kind that it names."),
}
"""Policy -> transformations after which a verdict differs, and why that is right."""
SUCCESSORS: Final[Mapping[str, tuple[str, ...]]] = {
    "iam-no-escalation": ("iam-no-admin-wildcard",),
    "iam-no-escalation-together": ("iam-no-admin-wildcard", "iam-no-escalation"),
    "iam-no-service-wildcard": ("iam-no-admin-wildcard", "iam-no-escalation"),
    "iam-passrole-scoped": ("iam-no-admin-wildcard", "iam-no-escalation"),
}
"""Policies that take over where more is allowed, because one fault has one message."""
SHOWS_LATER: Final[Mapping[str, str]] = {
    "custom-resource-allowlist": "Which fields a custom resource has shows in the update.",
    "no-default-credentials": "What another resource makes is no default; which chart it is shows in the update.",
    "no-public-sharing": "The source that another resource of the stack makes is one.",
    "no-secret-in-env": "Only a text can be an address with a password.",
    "pod-security-baseline-privileged": "Whether a custom resource has pods in such a field shows in the update.",
    "registration-not-open": "Which chart it is shows in the update.",
    "router-tls-modern": "Which chart it is shows in the update.",
    "shared-dh-parameters": "Which chart it is shows in the update.",
    "storage-and-database-off-cluster": "Which chart it is shows in the update.",
    "volumes-encrypted": "Which device it is shows in the update.",
    "whitelist-enforced": "Which chart it is shows in the update.",
    "whitelist-not-everyone": "Which chart it is shows in the update.",
}
"""Resource policies that pass something of which not all is known, and are quiet about that in the preview."""
REFUSED_BEFORE: Final[Mapping[str, str]] = {
    "no-public-sharing": "A condition that is decided later as a whole ties nothing.",
    "no-secret-in-env": "A password that another resource makes is one.",
    "registration-not-open": "Values that are decided later have to name the mode themselves.",
    "whitelist-enforced": "A variable that is decided later may switch the router off.",
}
"""Resource policies that refuse something of which not all is known."""
TWO_LEVELS: Final = "Each level of the Pod Security Standards repeats the control, and a namespace may have either."
BOTH_SAY_IT: Final[Mapping[frozenset[str], str]] = {
    frozenset({"access-analyzer", "ebs-default-encryption"}): "Two things that the stack lacks.",
    frozenset({"at-rest-encrypted", "customer-keys"}): "A topic without a key is in plain text, and has none of ours.",
    frozenset({"default-sg-empty", "vpc-flow-logs"}): "Two things that the VPC lacks.",
    frozenset({"namespace-default-deny", "namespace-quota"}): "Two things that the namespace lacks.",
    frozenset({"no-default-credentials", "no-secret-in-env"}): "One in plain text, and one that everybody knows.",
    frozenset({"no-default-credentials", "storage-and-database-off-cluster"}): "Where it is, and its public password.",
    frozenset({"pod-security-restricted-volume-types", "volumes-reach-no-node"}): "One is the Standards' list.",
    frozenset({"rbac-no-escalation", "rbac-sensitive-rights"}): "Rights that grow, and rights that reach everybody.",
    frozenset({"whitelist-enforced", "whitelist-not-everyone"}): "One asks for a list, the other reads every list.",
    **{
        frozenset({f"pod-security-baseline-{baseline}", f"pod-security-restricted-{restricted}"}): TWO_LEVELS
        for baseline, restricted in (
            ("capabilities", "capabilities"),
            ("host-path", "volume-types"),
            ("proc-mount", "proc-mount"),
            ("seccomp", "seccomp"),
        )
    },
}
"""Policies that may both name one path of one resource, and why."""
