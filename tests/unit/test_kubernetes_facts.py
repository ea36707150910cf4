"""Facts about Kubernetes' own roles: by them the system namespaces are what the policies take them for."""

from __future__ import annotations

from policies.guidelines.access_policies import RULES
from policies.guidelines.eks import SYSTEM_NAMESPACES, VERSIONS
from policies.guidelines.rbac import EVERYTHING, POWERFUL
from policies.guidelines.rbac_paths import ADMINISTRATOR, CUSTOM
from policies.rules.pack import catalog
from policies.rules.rbac import facts
from policies.rules.rbac.rights import EVERYWHERE, WORKLOADS, ends, of_access_policy
from sandbox.emulator.services.eks.access_policies import RULES as EMULATED
from sandbox.emulator.services.eks.catalogue import ACCESS_POLICIES


def reached(role: str) -> set[str]:
    return set(ends(facts.roles()[role], [EVERYWHERE]))


def test_an_account_of_a_system_namespace_administers_the_cluster() -> None:
    strong = {
        one.name.split("/")[0] for one in facts.bindings() if "/" in one.name and ADMINISTRATOR in reached(one.role)
    }
    assert strong
    assert strong <= set(SYSTEM_NAMESPACES)


def test_roles_by_what_they_reach() -> None:
    assert {name for name in facts.roles() if not name.startswith("system:") and reached(name)} == {
        "admin",
        "cluster-admin",
        "edit",
    }
    assert not reached("system:auth-delegator")
    assert reached("system:node")
    # Controllers that make pods can run them as any account.
    assert WORKLOADS in reached("system:controller:job-controller")


def test_the_roles_that_admission_knows_are_those_that_reach() -> None:
    """In the whole cluster, or in one of the system's namespaces; only one role is everything in any namespace."""
    for name, rules in facts.roles().items():
        powerful = reached(name) or any(set(ends(rules, [namespace])) for namespace in SYSTEM_NAMESPACES)
        assert bool(powerful) is (name in POWERFUL), name
        assert any(rule.everything for rule in rules) is (name == EVERYTHING)


def test_the_facts_are_of_every_version_that_eks_supports() -> None:
    head = (facts._FOLDER / "roles.txt").read_text().splitlines()[1]
    assert all(f"v{version}." in head for version in VERSIONS)


def test_what_is_known_of_access_policies() -> None:
    known = {name for name in ACCESS_POLICIES if of_access_policy(name)}
    assert known == {f"AmazonEKS{name}Policy" for name in ("Admin", "AdminView", "ClusterAdmin", "Edit", "View")}


def test_the_emulated_eks_says_the_same_of_access_policies() -> None:
    ours = {name: {(one.groups, one.resources, one.verbs) for one in rules} for name, rules in RULES.items()}
    theirs = {name: {(one.groups, one.resources, one.verbs) for one in rules} for name, rules in EMULATED.items()}
    assert ours == theirs


TEMPLATES = {"ClusterTask", "ClusterWorkflowTemplate", "EC2NodeClass", "Pipeline", "Task", "WorkflowTemplate"}
"""Kinds that run no pods by themselves."""


def test_rights_on_custom_resources_that_describe_pods_are_rights_on_pods() -> None:
    judged = {
        (group, f"{kind.lower()}s")
        for group, kinds in catalog.table("kubernetes").items()
        for kind, entry in kinds.items()
        if entry.class_ == catalog.JUDGED and kind not in TEMPLATES
    }
    assert judged <= {(group, name) for group, names in CUSTOM.items() for name in names.split()}
