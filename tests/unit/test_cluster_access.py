"""Who reaches the cluster: people, security groups, and how a client finds it."""

from __future__ import annotations

import json
import socket
from dataclasses import fields
from typing import Any

import pulumi
import pytest

from components.automation import AutomationPrincipal
from components.cluster import Cluster
from components.cluster.access import GROUPS
from components.cluster.firewall import CONTROL_PLANE_TO_NODES, POD_PORTS
from components.cluster.kubeconfig import ApiUnreachableError, kubeconfig, require_reachable
from components.faults import ArgumentError
from components.foundation import Foundation
from policies.guidelines.eks import FORBIDDEN_GROUP_PREFIXES
from sandbox.providers.mocks import Run
from tests.support.program.cluster_of import PEOPLE, recorded
from tests.support.program.recorded import CONTEXT

ENTRY = "eks/accessEntry:AccessEntry"
ASSOCIATION = "eks/accessPolicyAssociation:AccessPolicyAssociation"
INGRESS = "vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "vpc/securityGroupEgressRule:SecurityGroupEgressRule"


@pytest.fixture(scope="module")
def graph() -> Run:
    return recorded()


def rights(graph: Run) -> set[tuple[str, str, str]]:
    """(person, access policy, scope) of every association."""
    return {
        (
            one.inputs["principalArn"].rsplit("/", 1)[1],
            one.inputs["policyArn"].removeprefix("arn:aws:eks::aws:cluster-access-policy/"),
            ",".join(one.inputs["accessScope"].get("namespaces", [])) or one.inputs["accessScope"]["type"],
        )
        for one in graph.of(ASSOCIATION)
    }


def automation(role: Any, **changes: Any) -> AutomationPrincipal:
    given = {"name": role, "principal_arn": f"arn:aws:iam::123456789012:role/ci/{role}", "role": role, **changes}
    return AutomationPrincipal(**given)


class TestAutomation:
    """Programs use the cluster by an entry of their own; who created the cluster has none."""

    CI = (automation("deploy"), automation("preview"))

    def test_each_role_gets_its_rights_and_no_others(self) -> None:
        with_ci, without = recorded(automation=self.CI), recorded()
        assert rights(with_ci) - rights(without) == {
            ("deploy", "AmazonEKSClusterAdminPolicy", "cluster"),
            ("preview", "AmazonEKSViewPolicy", "cluster"),
        }
        entries = {
            name: one.inputs for name, one in with_ci.by_name(ENTRY).items() if name not in without.by_name(ENTRY)
        }
        assert {name: (one["principalArn"], one["kubernetesGroups"]) for name, one in entries.items()} == {
            "pal-deploy": ("arn:aws:iam::123456789012:role/ci/deploy", ["palisade:deployers"]),
            "pal-preview": ("arn:aws:iam::123456789012:role/ci/preview", ["palisade:previewers"]),
        }

    def test_machines_that_are_no_nodes_reach_the_api_by_their_security_group(self) -> None:
        group = "sg-0123456789abcdef0"
        graph = recorded(
            automation=[automation(role, runner_security_group_id=group) for role in ("deploy", "preview")]
        )
        assert openings(graph, INGRESS, "id-pal-api") == {("id-pal-nodes", "tcp", 443), (group, "tcp", 443)}
        assert openings(recorded(automation=self.CI), INGRESS, "id-pal-api") == {("id-pal-nodes", "tcp", 443)}

    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            ({"principal_arn": "arn:aws:iam::123456789012:root"}, "is not the ARN of an IAM role"),
            ({"principal_arn": "arn:aws:iam::123456789012:user/ci"}, "is not the ARN of an IAM role"),
            ({"principal_arn": "arn:aws:iam::123456789012:role/*"}, "is not the ARN of an IAM role"),
            ({"principal_arn": "arn:aws:sts::123456789012:assumed-role/ci/session"}, "is not the ARN of an IAM role"),
            ({"principal_arn": "arn:aws:iam::123456789012:role/ada"}, "is also another one's"),
            ({"principal_arn": "arn:aws:iam::123456789012:role/OrganizationAccountAccessRole"}, "people sign in to"),
            (
                {
                    "principal_arn": "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/"
                    "AWSReservedSSO_AdministratorAccess_0123456789abcdef"
                },
                "people sign in to",
            ),
            ({"principal_arn": "arn:aws:iam::123456789012:role/Admin"}, "people sign in to"),
            ({"name": "ada"}, "is given twice, here or to a person"),
            ({"name": "CI"}, "give 1 to 31 lower-case"),
            ({"runner_security_group_id": "0.0.0.0/0"}, "is not a security group's ID"),
        ],
    )
    def test_what_is_no_role_of_its_own_is_refused(self, changes: dict[str, str], fault: str) -> None:
        with pytest.raises(ArgumentError, match=f"ClusterArgs.automation.*{fault}"):
            recorded(automation=[automation("deploy", **changes)])

    def test_a_shared_role_has_to_be_allowed_by_name(self) -> None:
        shared = automation("deploy", principal_arn="arn:aws:iam::123456789012:role/Admin", allow_shared_role=True)
        assert "pal-deploy" in recorded(automation=[shared]).by_name(ENTRY)

    def test_two_may_not_be_one(self) -> None:
        with pytest.raises(ArgumentError, match="is also another one's"):
            recorded(automation=[automation("deploy"), automation("preview", principal_arn=self.CI[0].principal_arn)])


class TestPeople:
    def test_each_role_gets_its_rights_and_no_others(self, graph: Run) -> None:
        assert rights(graph) == {
            ("ada", "AmazonEKSClusterAdminPolicy", "cluster"),
            ("grace", "AmazonEKSViewPolicy", "cluster"),
            ("lin", "AmazonEKSViewPolicy", "cluster"),
        }

    def test_operators_edit_only_where_that_is_named(self) -> None:
        assert rights(recorded(operator_namespaces=["app-*", "shop"])) == {
            ("ada", "AmazonEKSClusterAdminPolicy", "cluster"),
            ("grace", "AmazonEKSViewPolicy", "cluster"),
            ("grace", "AmazonEKSEditPolicy", "app-*,shop"),
            ("lin", "AmazonEKSViewPolicy", "cluster"),
        }

    def test_rbac_finds_them_by_group(self, graph: Run) -> None:
        groups = {name: one.inputs["kubernetesGroups"] for name, one in graph.by_name(ENTRY).items()}
        assert groups == {
            "pal-ada": ["palisade:admins"],
            "pal-grace": ["palisade:operators"],
            "pal-lin": ["palisade:viewers"],
        }

    def test_no_group_is_one_that_eks_refuses(self) -> None:
        assert not [group for group in GROUPS.values() if group.startswith(FORBIDDEN_GROUP_PREFIXES)]

    def test_who_is_taken_out_of_the_list_loses_entry_and_rights(self, graph: Run) -> None:
        without = recorded(people=[one for one in PEOPLE if one.name != "grace"])
        gone = {one.name for one in graph.resources} - {one.name for one in without.resources}
        assert gone == {"pal-grace", "pal-grace-view"}

    def test_rights_end_before_the_entry_does(self, graph: Run) -> None:
        assert graph.waits(graph.named("pal-lin-view", ASSOCIATION), graph.named("pal-lin", ENTRY))


def openings(graph: Run, rules: str, group: str) -> set[tuple[str, str, int]]:
    """(peer, protocol, port) of every rule of a group."""
    return {
        (
            one.inputs.get("referencedSecurityGroupId") or one.inputs["cidrIpv4"],
            one.inputs["ipProtocol"],
            one.inputs["fromPort"],
        )
        for one in graph.of(rules)
        if one.inputs["securityGroupId"] == group
    }


class TestFirewall:
    def test_the_api_takes_443_from_nodes_and_named_groups_only(self) -> None:
        graph = recorded(lambda cluster: cluster.allow_api_from("bastion", "sg-bastion") and None)
        assert openings(graph, INGRESS, "id-pal-api") == {("id-pal-nodes", "tcp", 443), ("sg-bastion", "tcp", 443)}

    def test_nodes_take_what_the_control_plane_and_other_nodes_need_and_nothing_else(self, graph: Run) -> None:
        from_plane = {("id-pal-api", "tcp", port) for port in CONTROL_PLANE_TO_NODES}
        from_nodes = {("id-pal-nodes", "tcp", port) for port in (53, 10250, *POD_PORTS)}
        assert openings(graph, INGRESS, "id-pal-nodes") == {
            *from_plane,
            *from_nodes,
            ("id-pal-nodes", "udp", 53),
        }

    def test_what_may_go_in_may_also_come_out_on_the_other_side(self, graph: Run) -> None:
        for one in graph.of(INGRESS):
            source = one.inputs.get("referencedSecurityGroupId")
            if source in ("id-pal-nodes", "id-pal-api"):
                way_out = (one.inputs["securityGroupId"], one.inputs["ipProtocol"], one.inputs["fromPort"])
                assert way_out in openings(graph, EGRESS, source)

    def test_only_tls_leaves_the_network_unless_named(self, graph: Run) -> None:
        def abroad(graph: Run) -> set[int]:
            return {port for peer, _, port in openings(graph, EGRESS, "id-pal-nodes") if peer == "0.0.0.0/0"}

        assert abroad(graph) == {443}
        assert abroad(recorded(egress_ports={443: "TLS", 587: "Mail"})) == {443, 587}

    def test_every_rule_is_one_port_with_a_description(self, graph: Run) -> None:
        for one in [*graph.of(INGRESS), *graph.of(EGRESS)]:
            assert one.inputs["fromPort"] == one.inputs["toPort"], one.name
            assert one.inputs["ipProtocol"] in ("tcp", "udp"), one.name
            assert one.inputs["description"], one.name

    def test_groups_hold_no_rules_themselves(self, graph: Run) -> None:
        """Inline rules and rule resources would undo each other."""
        for one in graph.of("ec2/securityGroup:SecurityGroup"):
            assert not one.inputs.keys() & {"ingress", "egress"}, one.name

    def test_load_balancer_controllers_find_one_group_on_a_node(self, graph: Run) -> None:
        owned = [
            name
            for name, one in graph.by_name("ec2/securityGroup:SecurityGroup").items()
            if "kubernetes.io/cluster/pal" in one.inputs["tags"]
        ]
        assert owned == ["pal-nodes"]

    def test_further_pod_ports_open_between_nodes(self) -> None:
        graph = recorded(pod_ports={7000: "Cache"})
        own = {port for peer, _, port in openings(graph, INGRESS, "id-pal-nodes") if peer == "id-pal-nodes"}
        assert own == {53, 10250, 7000}


class TestKubeconfig:
    def test_it_names_the_cluster_and_holds_no_credential(self) -> None:
        text = kubeconfig("pal", "eu-central-1", "https://example.org", "Q0E=")
        config = json.loads(text)
        assert config["clusters"][0]["cluster"] == {
            "server": "https://example.org",
            "certificate-authority-data": "Q0E=",
        }
        (user,) = config["users"]
        assert user["user"].keys() == {"exec"}
        assert user["user"]["exec"]["command"] == "aws"
        arguments = user["user"]["exec"]["args"]
        assert arguments[:6] == ["eks", "get-token", "--cluster-name", "pal", "--region", "eu-central-1"]
        assert not [word for word in ("token:", "client-key", "password") if word in text]

    def test_the_component_gives_it_for_its_own_cluster(self) -> None:
        seen: list[str] = []
        recorded(lambda cluster: cluster.kubeconfig.apply(seen.append))
        assert json.loads(seen[0])["clusters"][0]["cluster"]["server"].startswith("https://0123.gr7.")


class TestReachability:
    def test_an_api_that_answers_is_reachable(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            require_reachable(f"https://127.0.0.1:{server.getsockname()[1]}")

    def test_one_that_does_not_is_an_error_that_says_how_to_connect(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        with pytest.raises(ApiUnreachableError, match=r"cannot be reached from here .*connect the VPN.*VPN-MFA"):
            require_reachable(f"https://127.0.0.1:{port}", timeout=1)

    def test_the_checked_kubeconfig_fails_when_the_api_is_out_of_reach(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[str] = []

        def unreachable(endpoint: str) -> None:
            asked.append(endpoint)
            raise ApiUnreachableError(endpoint)

        monkeypatch.setattr("components.foundation.require_reachable", unreachable)

        def use(cluster: Cluster) -> pulumi.Output[Any]:
            of_the_cluster = {
                "name": "pal",
                "context": CONTEXT,
                "api_endpoint": cluster.endpoint,
                "certificate_authority_data": cluster.certificate_authority_data,
            }
            others: dict[str, Any] = dict.fromkeys(field.name for field in fields(Foundation))
            return Foundation(**{**others, **of_the_cluster}).kubeconfig()

        with pytest.raises(ApiUnreachableError):
            recorded(use)
        assert asked == ["https://0123.gr7.eu-central-1.eks.amazonaws.com"]
        recorded(use, known=False)
        assert len(asked) == 1, "an API that does not exist yet is not asked"
