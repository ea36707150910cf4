"""What other EKS modules leave open or their users complain of: here it is true by default, or cannot happen.

A test for every row and every complaint, on the whole program as the sandbox runs it or, for what that stack lifts, on
the components' own defaults. What each part does in detail is tested beside its component.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from components.cluster import ClusterArgs, NodeGroup
from components.cluster.kubeconfig import ApiUnreachableError, require_reachable
from components.settings import SettingsError
from policies.guidelines.eks import ADDON_VERSIONS, CONTROL_PLANE_LOGS
from sandbox.providers.mocks import Registered, Run
from tests.support.program.cluster_of import recorded
from tests.support.program.whole_program import made
from tests.unit.test_settings import changed, loaded


@pytest.fixture(scope="module")
def run() -> Run:
    return made()


@pytest.fixture(scope="module")
def cluster(run: Run) -> dict[str, Any]:
    return run.only("eks/cluster:Cluster").inputs


@pytest.fixture(scope="module")
def before() -> Run:
    """The defaults, recorded."""
    return recorded()


def templates(run: Run) -> list[dict[str, Any]]:
    return [each.inputs for each in run.of("ec2/launchTemplate:LaunchTemplate")]


def urns(found: Iterable[Registered]) -> set[str]:
    return {each.urn for each in found}


class TestEveryRow:
    def test_private_only_endpoint(self, cluster: dict[str, Any]) -> None:
        network = cluster["vpcConfig"]
        assert (network["endpointPrivateAccess"], network["endpointPublicAccess"]) == (True, False)

    @pytest.mark.parametrize("cidr", ["0.0.0.0/0", "203.0.0.0/16", "203.0.113.0/23"])
    def test_public_only_for_named_narrow_ranges(self, cidr: str) -> None:
        with pytest.raises(SettingsError, match="VPN-MFA"):
            loaded(changed("cluster.bootstrapCidrs", [cidr]))
        assert loaded(changed("cluster.bootstrapCidrs", ["203.0.113.0/24"]))

    def test_customer_managed_key_for_secrets_rotated(self, run: Run, cluster: dict[str, Any]) -> None:
        (key,) = [
            each
            for each in run.of("kms/key:Key")
            if each.outputs["arn"] == cluster["encryptionConfig"]["provider"]["keyArn"]
        ]
        assert key.inputs["enableKeyRotation"] is True
        assert cluster["encryptionConfig"]["resources"] == ["secrets"]

    def test_control_plane_logs_five_of_five_encrypted_and_kept(self, run: Run, cluster: dict[str, Any]) -> None:
        assert set(cluster["enabledClusterLogTypes"]) == set(CONTROL_PLANE_LOGS)
        assert len(CONTROL_PLANE_LOGS) == 5
        (group,) = [each for each in run.of("LogGroup") if each.inputs["name"] == f"/aws/eks/{cluster['name']}/cluster"]
        assert group.inputs["kmsKeyId"]
        assert group.inputs["retentionInDays"] == 365

    def test_authentication_mode_api_and_no_creator_admin(self, cluster: dict[str, Any]) -> None:
        access = {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}
        assert cluster["accessConfig"] == access

    def test_imdsv2_hop_limit_one(self, run: Run) -> None:
        for template in templates(run):
            options = template["metadataOptions"]
            assert (options["httpTokens"], options["httpPutResponseHopLimit"]) == ("required", 1)

    def test_encrypted_gp3_al2023_and_bottlerocket_selectable(self, run: Run) -> None:
        disks = [each["ebs"] for template in templates(run) for each in template["blockDeviceMappings"]]
        assert {(disk["volumeType"], disk["encrypted"]) for disk in disks} == {("gp3", "true")}
        assert run.only("NodeGroup").inputs["amiType"] == "AL2023_x86_64_STANDARD"
        chosen = recorded(node_groups=[NodeGroup(name="one", image="BOTTLEROCKET")])
        assert chosen.named("pal-one", "eks/nodeGroup:NodeGroup").inputs["amiType"] == "BOTTLEROCKET_x86_64"

    def test_no_ssh_to_nodes_but_sessions_of_ssm(self, run: Run) -> None:
        assert "remoteAccess" not in run.only("NodeGroup").inputs
        assert not run.of("ec2/keyPair:KeyPair")
        assert not [template for template in templates(run) if "keyName" in template]
        nodes = run.named("palisade-nodes", "ec2/securityGroup:SecurityGroup").id
        rules = [each.inputs for each in run.of("SecurityGroupIngressRule") if each.inputs["securityGroupId"] == nodes]
        assert rules
        assert 22 not in {rule["fromPort"] for rule in rules}
        assert "AmazonSSMManagedInstanceCore" in policies_of(run, "palisade-nodes")

    def test_pod_identity_first_and_irsa_where_needed(self, run: Run) -> None:
        given = {each.inputs["addonName"] for each in run.of("Addon") if each.inputs.get("podIdentityAssociations")}
        assert given == {"vpc-cni", "aws-ebs-csi-driver", "amazon-cloudwatch-observability"}
        assert not [each.name for each in run.of("Addon") if each.inputs.get("serviceAccountRoleArn")]
        assert run.only("OpenIdConnectProvider")

    def test_network_policy_enforced_by_the_cni(self, run: Run) -> None:
        (cni,) = [each.inputs for each in run.of("Addon") if each.inputs["addonName"] == "vpc-cni"]
        assert json.loads(cni["configurationValues"])["enableNetworkPolicy"] == "true"

    def test_add_ons_pinned_to_versions(self, run: Run, cluster: dict[str, Any]) -> None:
        installed = {each.inputs["addonName"]: each.inputs["addonVersion"] for each in run.of("Addon")}
        assert installed == ADDON_VERSIONS[cluster["version"]]

    def test_pod_security_labels_and_default_deny_in_every_namespace(self, run: Run) -> None:
        namespaces = [each.inputs["metadata"] for each in run.of("kubernetes:core/v1:Namespace")]
        assert namespaces
        denied = {
            each.inputs["metadata"]["namespace"]
            for each in run.of("NetworkPolicy")
            if each.inputs["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        }
        for namespace in namespaces:
            level = namespace["labels"]["pod-security.kubernetes.io/enforce"]
            assert level in ("baseline", "restricted"), namespace["name"]
            assert namespace["name"] in denied

    def test_deletion_protection_standard_support_zonal_shift(self, cluster: dict[str, Any]) -> None:
        assert ClusterArgs.__dataclass_fields__["deletion_protection"].default is True
        assert cluster["upgradePolicy"] == {"supportType": "STANDARD"}
        assert cluster["zonalShiftConfig"] == {"enabled": True}

    def test_guardduty_cloudtrail_flow_logs(self, run: Run) -> None:
        features = {each.inputs["name"] for each in run.of("DetectorFeature") if each.inputs["status"] == "ENABLED"}
        assert features >= {"EKS_AUDIT_LOGS", "RUNTIME_MONITORING"}
        assert run.only("cloudtrail/trail:Trail").inputs["isMultiRegionTrail"] is True
        assert run.only("ec2/flowLog:FlowLog").inputs["trafficType"] == "ALL"

    def test_default_security_group_emptied_and_vpc_endpoints(self, run: Run) -> None:
        default = run.only("DefaultSecurityGroup").inputs
        assert not default.get("ingress")
        assert not default.get("egress")
        assert len(run.of("ec2/vpcEndpoint:VpcEndpoint")) == 16

    def test_cni_policy_off_the_node_role(self, run: Run) -> None:
        assert "AmazonEKS_CNI_Policy" not in policies_of(run, "palisade-nodes")
        assert "AmazonEKS_CNI_Policy" in policies_of(run, "palisade-vpc-cni")

    def test_nat_per_zone_and_one_only_outside_production(self, run: Run) -> None:
        assert len(run.of("ec2/natGateway:NatGateway")) == 3
        with pytest.raises(SettingsError, match=r"network\.nat: single is not allowed in production"):
            loaded(changed("network.nat", "single"))
        assert loaded(changed("network.nat", "regional")).environment == "production"


def policies_of(run: Run, role: str) -> set[str]:
    name = run.named(role, "iam/role:Role").outputs["name"]
    attached = [each.inputs for each in run.of("RolePolicyAttachment") if each.inputs["role"] == name]
    return {each["policyArn"].rsplit("/")[-1] for each in attached}


class TestNoComplaint:
    def test_1_no_node_is_made_before_the_cni(self, run: Run) -> None:
        (cni,) = [each for each in run.of("Addon") if each.inputs["addonName"] == "vpc-cni"]
        assert all(run.waits(group, cni) for group in run.of("NodeGroup"))

    def test_2_a_destroy_leaves_no_interface_and_no_load_balancer(self, run: Run) -> None:
        """What Kubernetes would make in AWS is made by the stack itself; what cleans up goes after what it cleans."""
        assert {each.inputs["spec"]["type"] for each in run.of("core/v1:Service")} <= {"ClusterIP", "NodePort"}
        plane = run.only("eks/cluster:Cluster")
        cleaner = [each for each in run.of("RolePolicyAttachment") if "VPCResourceController" in each.name]
        assert urns(cleaner) <= run.behind(plane)
        addons = urns(each for each in run.of("Addon") if each.inputs["addonName"] == "vpc-cni")
        for each in run.of("apps/v1:Deployment"):
            assert {*urns(run.of("NodeGroup")), *addons} <= run.behind(each)

    def test_3_an_api_out_of_reach_is_told_with_what_to_do(self) -> None:
        with pytest.raises(ApiUnreachableError, match=r"It is private: connect the VPN"):
            require_reachable("https://127.0.0.1:1", timeout=1)

    def test_4_the_kubernetes_provider_cannot_be_stale(self) -> None:
        """No token in it, and nothing that an update changes before it."""
        texts: list[str] = []
        graph = recorded(lambda made: made.kubeconfig.apply(texts.append))
        (user,) = json.loads(texts[0])["users"]
        assert user["user"].keys() == {"exec"}
        plane = graph.named("pal-cluster", "eks/cluster:Cluster")
        assert not [one for one in graph.of("eks/nodeGroup:NodeGroup") if graph.waits(plane, one)]

    def test_5_who_runs_the_program_is_nowhere_in_it(self, run: Run) -> None:
        principals = {each.inputs["principalArn"] for each in run.of("AccessEntry")}
        assert principals == {f"arn:aws:iam::123456789012:role/{name}" for name in ("ada", "grace", "lin")}

    def test_6_nobody_fights_over_aws_auth(self, run: Run) -> None:
        assert "aws-auth" not in {each.inputs["metadata"].get("name") for each in run.of("core/v1:ConfigMap")}

    @pytest.mark.parametrize("change", [{"disk_gib": 200}, {"labels": {"pool": "x"}}, {"max_size": 9}])
    def test_7_a_changed_template_rolls_one_node_at_a_time(self, before: Run, change: dict[str, Any]) -> None:
        """The group itself keeps all that AWS could only replace it for."""
        kind, replacing = "eks/nodeGroup:NodeGroup", ("amiType", "capacityType", "instanceTypes", "subnetIds")
        was = before.named("pal-general", kind).inputs
        after = recorded(node_groups=[NodeGroup(name="general", **change)]).named("pal-general", kind).inputs
        assert [was.get(name) for name in replacing] == [after.get(name) for name in replacing]
        assert was["launchTemplate"] == after["launchTemplate"] == {"id": "id-pal-general", "version": "7"}
        assert after["updateConfig"]["maxUnavailable"] == 1

    @pytest.mark.parametrize(
        "change", [{"network": {"zones": ["a", "b", "c", "d"]}}, {"pod_ports": {7000: "Cache"}}, {"egress_ports": {}}]
    )
    def test_8_a_subnet_or_a_rule_more_does_not_touch_the_cluster(self, before: Run, change: dict[str, Any]) -> None:
        was, after = (graph.named("pal-cluster", "eks/cluster:Cluster") for graph in (before, recorded(**change)))
        assert was.request.ignoreChanges == after.request.ignoreChanges == ["vpcConfig.subnetIds"]
        assert regardless_of_subnets(was) == regardless_of_subnets(after)


def regardless_of_subnets(cluster: Registered) -> dict[str, Any]:
    network = {key: value for key, value in cluster.inputs["vpcConfig"].items() if key != "subnetIds"}
    return {**cluster.inputs, "vpcConfig": network}
