"""The baseline: what it registers, in which order, what it refuses, and when an exemption ends."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest

from components.baseline import BaselineArgs, Exemption, Quota, TeamNamespace
from components.baseline.admission import RULES_WITHOUT_EXEMPTIONS, rules
from components.baseline.admission.rule import wildcards
from components.baseline.rights import CLUSTER_VIEWER_RULES, OPERATOR_RULES
from components.cluster.access import GROUPS
from components.faults import ArgumentError
from policies.guidelines.images import REGISTRIES, listed
from policies.guidelines.workloads import WORKLOADS
from policies.kernel.policy import Policy
from policies.registry import POLICIES
from policies.rules.rbac.reach import REACH, SEEN
from sandbox.providers.mocks import Run
from tests.policies.test_own_program import items
from tests.support.policies.sdk_harness import outcome
from tests.support.program.baseline_of import TODAY, bodies, of_baseline

LABEL = "pod-security.kubernetes.io/"


@pytest.fixture(scope="module")
def graph() -> Run:
    return of_baseline()


def found(graph: Run, kind: str, name: str, namespace: str | None = None) -> dict[str, Any]:
    (body,) = [
        body
        for body in bodies(graph)
        if (body["kind"], body["metadata"]["name"], body["metadata"].get("namespace")) == (kind, name, namespace)
    ]
    return body


def exemption(**changes: Any) -> Exemption:
    given = {"namespace": "scanner", "rules": ["pod-security"], "reason": "SEC-1", "owner": "a@example.org"}
    return Exemption(**{**given, "expires": TODAY, **changes})


class TestNamespaces:
    def test_labels_are_of_a_pinned_version(self, graph: Run) -> None:
        labels = found(graph, "Namespace", "shop")["metadata"]["labels"]
        assert labels == {
            f"{LABEL}{mode}{part}": "v1.35" if part else "restricted"
            for mode in ("enforce", "audit", "warn")
            for part in ("", "-version")
        }

    def test_another_level_is_still_told_of_what_restricted_forbids(self) -> None:
        made = found(of_baseline(namespaces=[TeamNamespace(name="old", level="baseline")]), "Namespace", "old")
        labels = made["metadata"]["labels"]
        assert labels[f"{LABEL}enforce"] == "baseline"
        assert labels[f"{LABEL}warn"] == labels[f"{LABEL}audit"] == "restricted"

    def test_nobody_deploys_before_it_is_closed(self, graph: Run) -> None:
        by_name = {one.name: one for one in graph.resources}
        for rule in ("quota", "limits", "namespace"):
            assert graph.waits(by_name["baseline-shop-operators"], by_name[f"baseline-shop-{rule}"])

    def test_pods_that_name_no_account_get_no_token(self, graph: Run) -> None:
        patch = found(graph, "ServiceAccount", "default", "shop")
        assert patch["automountServiceAccountToken"] is False
        by_name = {one.name: one for one in graph.resources}
        assert graph.waits(by_name["baseline-shop-operators"], by_name["baseline-shop-default-account"])

    def test_of_the_system_only_labels_that_report_are_touched(self, graph: Run) -> None:
        (patch,) = [
            one
            for one in graph.resources
            if one.type == "kubernetes:core/v1:NamespacePatch" and one.inputs["metadata"]["name"] == "kube-system"
        ]
        labels = patch.inputs["metadata"]["labels"]
        assert not [label for label in labels if label.startswith(f"{LABEL}enforce")]
        assert {one["metadata"].get("namespace") for one in bodies(graph)} <= {None, "shop", "default"}


def test_a_claim_that_names_no_class_gets_an_encrypted_volume(graph: Run) -> None:
    made = found(graph, "StorageClass", "encrypted")
    assert made["metadata"]["annotations"] == {"storageclass.kubernetes.io/is-default-class": "true"}
    assert made["provisioner"] == "ebs.csi.aws.com"
    assert made["parameters"]["encrypted"] == "true"
    assert made["volumeBindingMode"] == "WaitForFirstConsumer"


OF_THE_CLUSTER_ALONE = {
    "deis-certificates",
    "deis-accounts",
    "application-namespaces",
    "service-account-tokens",
    "system-namespaces",
    "system-shells",
    "priorities",
    "webhooks",
}
"""Rules about who asks, and about objects that no policy of the pack judges."""


class TestRights:
    def test_every_group_of_the_access_entries_is_bound_and_no_other(self, graph: Run) -> None:
        subjects = [
            (subject["kind"], subject["name"])
            for body in bodies(graph)
            if body["kind"].endswith("RoleBinding")
            for subject in body["subjects"]
        ]
        assert set(subjects) == {("Group", group) for group in GROUPS.values()}

    def test_nothing_by_which_rights_grow_is_in_a_role(self) -> None:
        resources = [each for given in CLUSTER_VIEWER_RULES.values() for each in given]
        assert not {"roles", "rolebindings", "serviceaccounts", "pods/exec", "resourcequotas", "limitranges"} & set(
            resources
        )
        secrets = {verb for _, given, verbs in OPERATOR_RULES if "secrets" in given for verb in verbs}
        assert secrets == {"create", "delete"}


class TestRules:
    @pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
    def test_a_rule_fails_closed_and_denies(self, graph: Run, rule: Any) -> None:
        spec = found(graph, "ValidatingAdmissionPolicy", f"palisade-{rule.id}")["spec"]
        assert spec["failurePolicy"] == "Fail"
        assert all(one["reason"] == "Forbidden" for one in spec["validations"])
        for given in spec["matchConstraints"]["resourceRules"]:
            assert set(given["operations"]) >= {"CREATE", "UPDATE"} or set(given["operations"]) == {"CONNECT"}
        bound = found(graph, "ValidatingAdmissionPolicyBinding", f"palisade-{rule.id}")["spec"]
        assert bound["policyName"] == f"palisade-{rule.id}"
        assert bound["validationActions"] == ["Deny", "Audit"]

    @pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
    def test_a_rule_stands_for_policies_of_the_pack_and_their_requirement(self, rule: Any) -> None:
        of = {policy.id: policy.requirement.split() for policy in POLICIES}
        assert rule.policies or rule.id in OF_THE_CLUSTER_ALONE
        assert all(rule.requirement in of[policy] for policy in rule.policies)

    def test_every_control_of_the_baseline_level_is_in_the_rule(self) -> None:
        (rule,) = [one for one in rules() if one.id == "pod-security"]
        wanted = {policy.id for policy in POLICIES if policy.id.startswith("pod-security-baseline-")}
        assert set(rule.policies) == wanted

    def test_everything_that_makes_pods_is_matched(self, graph: Run) -> None:
        for rule in ("images", "pod-security", "deis-registration"):
            spec = found(graph, "ValidatingAdmissionPolicy", f"palisade-{rule}")["spec"]
            matched = {
                (group, resource)
                for one in spec["matchConstraints"]["resourceRules"]
                for group in one["apiGroups"]
                for resource in one["resources"]
            }
            made = {(one.group, one.resource) for one in WORKLOADS}
            whole = {(group, resource) for group, resource in matched if not resource.endswith("/status")}
            assert whole == made | {("", "pods/ephemeralcontainers")}

    def test_labels_and_annotations_are_judged_where_else_they_can_be_written(self, graph: Run) -> None:
        for rule, resources in {
            "namespace-labels": {"namespaces", "namespaces/status", "namespaces/finalize"},
            "deis-routes": {"services", "services/status"},
        }.items():
            (given,) = found(graph, "ValidatingAdmissionPolicy", f"palisade-{rule}")["spec"]["matchConstraints"][
                "resourceRules"
            ]
            assert set(given["resources"]) == resources

    @pytest.mark.parametrize("registry", ["docker.io", "ghcr.io", "1.dkr.ecr.eu-central-1.amazonaws.com", "dockerxio"])
    def test_wildcards_are_read_as_the_pack_reads_them(self, registry: str) -> None:
        assert bool(re.search(wildcards(REGISTRIES), registry)) is listed(registry, REGISTRIES)


class TestExemptions:
    def spared(self, graph: Run, rule: str) -> list[str]:
        spec = found(graph, "ValidatingAdmissionPolicyBinding", f"palisade-{rule}")["spec"]
        selector = (spec.get("matchResources") or {}).get("namespaceSelector")
        return selector["matchExpressions"][0]["values"] if selector else []

    def test_one_lifts_what_it_names_where_it_says(self) -> None:
        graph = of_baseline(exemptions=[exemption(rules=["images"])])
        assert self.spared(graph, "images") == ["scanner"]
        assert "scanner" not in self.spared(graph, "pod-security")
        assert not graph.warnings

    def test_one_lifts_a_rule_for_an_object_outside_namespaces(self) -> None:
        graph = of_baseline(exemptions=[exemption(namespace="", cluster_object="cert-manager:edit", rules=["roles"])])
        spec = found(graph, "ValidatingAdmissionPolicyBinding", "palisade-roles")["spec"]
        (excluded,) = spec["matchResources"]["excludeResourceRules"]
        assert (excluded["resourceNames"], excluded["scope"]) == (["cert-manager:edit"], "Cluster")
        assert "matchResources" not in found(graph, "ValidatingAdmissionPolicyBinding", "palisade-images")["spec"]

    def test_after_its_last_day_the_rule_holds_again_and_somebody_is_told(self) -> None:
        graph = of_baseline(exemptions=[exemption(rules=["images"], expires=TODAY - datetime.timedelta(days=1))])
        assert self.spared(graph, "images") == []
        (warning,) = graph.warnings
        assert "a@example.org" in warning
        assert "2026-10-31" in warning

    def test_deis_is_open_to_nobody_anywhere(self, graph: Run) -> None:
        for rule in RULES_WITHOUT_EXEMPTIONS:
            assert self.spared(graph, rule) == []


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a name that is none": (
        {"namespaces": [TeamNamespace(name="Shop")]},
        "'Shop' is not allowed; give the name of a namespace",
    ),
    "the system's": ({"namespaces": [TeamNamespace(name="kube-system")]}, "made by others"),
    "Deis's": ({"namespaces": [TeamNamespace(name="deis")]}, "made by others"),
    "one twice": ({"namespaces": [TeamNamespace(name="shop")] * 2}, "shop is there twice"),
    "privileged": (
        {"namespaces": [TeamNamespace(name="shop", level="privileged")]},
        "privileged is not allowed; choose from baseline, restricted",
    ),
    "an amount that is none": (
        {"namespaces": [TeamNamespace(name="shop", quota=Quota(memory="lots"))]},
        r"namespaces.shop.quota.memory: 'lots'",
    ),
    "less than nothing": ({"namespaces": [TeamNamespace(name="shop", quota=Quota(pods=-1))]}, "less than nothing"),
    "no registry": ({"registries": []}, "name one at least"),
    "every registry": ({"registries": ["*"]}, r"'\*' is no registry"),
    "a registry with a path": ({"registries": ["docker.io/library"]}, "without a path"),
    "an exemption of all namespaces": ({"exemptions": [exemption(namespace="*")]}, "name one namespace"),
    "an exemption of nothing in particular": (
        {"exemptions": [exemption(namespace="")]},
        "name a namespace, or an object",
    ),
    "an exemption of many objects": (
        {"exemptions": [exemption(namespace="", cluster_object="cert-*")]},
        "name one object",
    ),
    "an exemption from nothing": ({"exemptions": [exemption(rules=[])]}, "name the rules"),
    "an exemption from a rule that is none": (
        {"exemptions": [exemption(rules=["pods"])]},
        "pods is not allowed; choose from images",
    ),
    "an exemption without reason": ({"exemptions": [exemption(reason=" ")]}, "needs a reason and an owner"),
    "an exemption for ever": (
        {"exemptions": [exemption(expires=TODAY + datetime.timedelta(days=367))]},
        "more than 366 days ahead",
    ),
    **{
        f"an exemption from {rule}": ({"exemptions": [exemption(rules=[rule])]}, f"nothing is exempt from {rule}")
        for rule in sorted(RULES_WITHOUT_EXEMPTIONS)
    },
}


@pytest.mark.parametrize("name", REFUSED)
def test_arguments_are_refused_before_anything_is_registered(name: str) -> None:
    changes, words = REFUSED[name]
    with pytest.raises(ArgumentError, match=rf"(?s)BaselineArgs\..*{words}.*\((INH|DEIS)-"):
        BaselineArgs(**{"today": TODAY, **changes}).validate()


def test_a_preview_registers_the_same(graph: Run) -> None:
    planned = of_baseline(known=False)
    assert {one.urn for one in planned.resources} == {one.urn for one in graph.resources}


@pytest.mark.parametrize("known", [True, False], ids=["update", "preview"])
def test_the_pack_has_nothing_against_it(known: bool) -> None:
    told = [
        text
        for item in items(of_baseline(known=known), outputs=False)
        for policy in POLICIES
        if policy.rule and item.type in policy.types
        for text in outcome(policy, (item,)).violations
    ]
    assert told == []


@pytest.mark.parametrize("policy", [REACH, SEEN], ids=lambda policy: policy.id)
def test_its_roles_together_reach_no_more_than_is_listed(policy: Policy) -> None:
    assert outcome(policy, tuple(items(of_baseline(), outputs=True))).violations == ()
