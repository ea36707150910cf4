"""The threat model's claims about the cluster, each with the test that holds it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from components.deis.network_policies import DATABASE_PORT
from policies.guidelines.deis import NAMESPACE
from tests.support.program.deis_of import body_of, of_deis, plain

ROOT = Path(__file__).parents[2]
TAKEOVERS, WORKLOADS = "tests/control_plane/test_takeovers.py", "tests/unit/test_deis_workloads.py"
CLAIMS = {
    "default accounts of our namespaces have no token": (
        "tests/unit/test_baseline.py",
        "test_pods_that_name_no_account",
    ),
    "no binding may name one": ("tests/control_plane/test_attacks.py", "test_the_cluster_refuses_it"),
    "read two Secrets of Deis's and the certificates that are listed": (
        WORKLOADS,
        "test_router_and_builder_read_secrets_by_name_alone",
    ),
    "not the administrator's password": (
        "tests/unit/test_deis_secrets.py",
        "test_the_administrators_password_is_nowhere_but_in_the_state",
    ),
    "write Secrets and pods of builds; read no Secret, take no other account": (TAKEOVERS, "test_the_builders_token"),
    "write in the namespaces of applications": (TAKEOVERS, "test_the_controllers_token"),
    "reads the Secrets of every namespace": (TAKEOVERS, "test_who_reads_secrets"),
    "EKS and Kubernetes alone write there": (TAKEOVERS, "test_an_administrator_does_not"),
    "tokens come from the kubelet alone": (TAKEOVERS, "test_nobody_takes_a_token_by_hand"),
    "`secret-read-by-workload` spares it": (
        "tests/unit/test_audit_events.py",
        "test_the_pattern_matches_what_it_names_and_nothing_else",
    ),
    "Pods of applications reach the database's port": (
        "tests/unit/test_threat_model.py",
        "test_the_database_knows_nodes_and_not_pods",
    ),
    "a token of their namespace's default account, which has no rights": (
        "tests/control_plane/test_attacks.py",
        "test_the_cluster_refuses_it",
    ),
    "`deis.applicationCertificates` lists can freeze the router": (
        WORKLOADS,
        "test_certificates_that_are_listed_are_read",
    ),
}
"""Part of a sentence -> the file and the test that hold it."""


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_is_held_by_a_test(claim: str) -> None:
    text = re.sub(r"\s+", " ", (ROOT / "docs" / "threat-model.md").read_text())
    file, test = CLAIMS[claim]
    assert claim in text
    assert f"def {test}" in (ROOT / file).read_text()


def test_the_database_knows_nodes_and_not_pods() -> None:
    """Its security group admits the nodes, and no policy of ours is in an application's namespace."""
    graph = of_deis()
    sources = {
        plain(one.inputs).get("referencedSecurityGroupId")
        for one in graph.resources
        if "securityGroupIngressRule" in one.type and plain(one.inputs).get("toPort") == DATABASE_PORT
    }
    assert len(sources) == 1
    assert "nodes" in str(sources)
    policies = [body_of(one) for one in graph.resources if one.type.endswith(":NetworkPolicy")]
    assert {one["metadata"]["namespace"] for one in policies} == {NAMESPACE}
