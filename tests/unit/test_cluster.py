"""The cluster: what its control plane, nodes and add-ons are registered with, and in which order."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from components.cluster import NodeGroup, Taint
from components.cluster.addons import AFTER_NODES, BEFORE_NODES, CONTAINER_LOGS
from components.cluster.control_plane import refuse_skipped_minors
from policies.guidelines.eks import ADDON_VERSIONS, CONTROL_PLANE_LOGS, DEFAULT_VERSION
from sandbox.providers.mocks import Registered, Run
from tests.support.program.cluster_of import recorded

CLUSTER = "eks/cluster:Cluster"
GROUP = "eks/nodeGroup:NodeGroup"
TEMPLATE = "ec2/launchTemplate:LaunchTemplate"
ADDON = "eks/addon:Addon"
LOG_GROUP = "cloudwatch/logGroup:LogGroup"
ROLE = "iam/role:Role"
ATTACHMENT = "iam/rolePolicyAttachment:RolePolicyAttachment"


@pytest.fixture(scope="module")
def graph() -> Run:
    return recorded()


@pytest.fixture(scope="module")
def control_plane(graph: Run) -> Registered:
    return graph.named("pal-cluster", CLUSTER)


def policies_of(graph: Run, role: str) -> set[str]:
    attached = graph.of(ATTACHMENT)
    return {one.inputs["policyArn"].split("policy/")[1] for one in attached if one.inputs["role"] == f"id-{role}"}


class TestControlPlane:
    def test_it_is_private(self, control_plane: Registered) -> None:
        network = control_plane.inputs["vpcConfig"]
        assert network["endpointPrivateAccess"] is True
        assert network["endpointPublicAccess"] is False
        assert "publicAccessCidrs" not in network
        assert network["subnetIds"] == [f"id-net-intra-{zone}" for zone in "abc"]
        assert network["securityGroupIds"] == ["id-pal-api"]

    def test_a_bootstrap_window_opens_to_the_named_ranges_only(self) -> None:
        network = recorded(bootstrap_cidrs=["203.0.113.0/24"]).named("pal-cluster", CLUSTER).inputs["vpcConfig"]
        assert network["endpointPublicAccess"] is True
        assert network["publicAccessCidrs"] == ["203.0.113.0/24"]
        assert network["endpointPrivateAccess"] is True

    def test_whoever_runs_the_program_gets_nothing_and_there_is_no_aws_auth(self, control_plane: Registered) -> None:
        assert control_plane.inputs["accessConfig"] == {
            "authenticationMode": "API",
            "bootstrapClusterCreatorAdminPermissions": False,
        }
        assert control_plane.inputs["bootstrapSelfManagedAddons"] is False

    def test_secrets_are_encrypted_with_a_rotated_key_of_the_account(
        self, graph: Run, control_plane: Registered
    ) -> None:
        assert control_plane.inputs["encryptionConfig"] == {
            "provider": {"keyArn": "arn:aws:mock:::pal-secrets-key"},
            "resources": ["secrets"],
        }
        assert all(key.inputs["enableKeyRotation"] is True for key in graph.of("kms/key:Key"))

    def test_no_key_policy_names_everyone(self, graph: Run) -> None:
        for key in graph.of("kms/key:Key"):
            for statement in json.loads(key.inputs["policy"])["Statement"]:
                assert statement["Principal"] != "*"
                assert "*" not in statement["Principal"].values()
                if "Service" in statement["Principal"]:
                    assert statement["Action"] != "kms:*"
                    assert statement["Condition"]

    def test_the_log_key_serves_this_clusters_log_groups_and_no_others(self, graph: Run) -> None:
        statements = json.loads(graph.named("pal-logs-key", "kms/key:Key").inputs["policy"])["Statement"]
        (use,) = [one for one in statements if "Service" in one["Principal"]]
        assert use["Principal"]["Service"] == "logs.eu-central-1.amazonaws.com"
        prefix = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws"
        assert use["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"] == [
            f"{prefix}/eks/pal/*",
            f"{prefix}/containerinsights/pal/*",
        ]

    def test_all_logs_go_to_a_group_made_before_the_cluster(self, graph: Run, control_plane: Registered) -> None:
        assert set(control_plane.inputs["enabledClusterLogTypes"]) == set(CONTROL_PLANE_LOGS)
        group = graph.named("pal-control-plane", LOG_GROUP)
        assert group.inputs["name"] == "/aws/eks/pal/cluster"
        assert group.inputs["retentionInDays"] == 365
        assert group.inputs["kmsKeyId"] == "arn:aws:mock:::pal-logs-key"
        assert graph.waits(control_plane, group)

    def test_a_group_that_eks_created_again_is_refused_in_the_preview(self, graph: Run) -> None:
        kind, name = "cloudwatch/logGroup:LogGroup", "pal-control-plane"
        assert graph.named(name, kind).hooks == ()
        assert recorded(control_plane_log_exists=True).named(name, kind).hooks == ("pal-control-plane-log",)

    def test_its_role_can_be_taken_by_this_cluster_of_this_account_only(self, graph: Run) -> None:
        (statement,) = json.loads(graph.named("pal-control-plane", ROLE).inputs["assumeRolePolicy"])["Statement"]
        assert statement["Principal"] == {"Service": "eks.amazonaws.com"}
        assert statement["Condition"] == {
            "StringEquals": {"aws:SourceAccount": "123456789012"},
            "ArnLike": {"aws:SourceArn": "arn:aws:eks:eu-central-1:123456789012:cluster/pal"},
        }

    def test_support_shift_and_deletion_protection(self, control_plane: Registered) -> None:
        assert control_plane.inputs["upgradePolicy"] == {"supportType": "STANDARD"}
        assert control_plane.inputs["zonalShiftConfig"] == {"enabled": True}
        assert control_plane.inputs["deletionProtection"] is True
        assert recorded(deletion_protection=False).named("pal-cluster", CLUSTER).inputs["deletionProtection"] is False

    @pytest.mark.parametrize("protect", [True, False])
    def test_cluster_keys_and_logs_are_protected_as_asked(self, protect: bool) -> None:
        graph = recorded(protect=protect, network={"protect": protect})
        kept = [*graph.of(CLUSTER), *graph.of("kms/key:Key"), *graph.of(LOG_GROUP)]
        assert {one.protect for one in kept} == {protect}
        assert len(kept) == 1 + 3 + 6

    def test_a_new_zone_leaves_the_control_plane_alone(self) -> None:
        """EKS takes no zone that the cluster was not made with; so the engine does not look at the subnets again."""
        grown = recorded(network={"zones": ["a", "b", "c", "d"]})
        assert grown.named("pal-cluster", CLUSTER).request.ignoreChanges == ["vpcConfig.subnetIds"]

    def test_the_issuer_is_known_to_iam(self, graph: Run) -> None:
        provider = graph.named("pal-oidc", "iam/openIdConnectProvider:OpenIdConnectProvider")
        assert provider.inputs["url"] == "https://oidc.eks.eu-central-1.amazonaws.com/id/0123"
        assert provider.inputs["clientIdLists"] == ["sts.amazonaws.com"]


class TestUpgrades:
    @pytest.mark.parametrize(
        ("current", "wanted", "words"),
        [
            ("1.33", "1.35", r"1\.33 to 1\.35 is 2 minors at once; go up one at a time, next is 1\.34 \(INH-4\)"),
            ("1.36", "1.35", r"cannot go back from 1\.36 to 1\.35 \(INH-4\)"),
        ],
    )
    def test_a_skipped_minor_and_a_step_back_are_refused(self, current: str, wanted: str, words: str) -> None:
        with pytest.raises(ValueError, match=words):
            refuse_skipped_minors(update(current, wanted))

    @pytest.mark.parametrize(("current", "wanted"), [("1.34", "1.35"), ("1.35", "1.35"), (None, "1.35")])
    def test_one_minor_up_and_other_changes_pass(self, current: str | None, wanted: str) -> None:
        refuse_skipped_minors(update(current, wanted))

    def test_the_check_runs_before_updates_of_the_cluster(self, control_plane: Registered) -> None:
        assert control_plane.hooks == ("pal-one-minor-at-a-time",)

    @pytest.mark.parametrize("version", ADDON_VERSIONS)
    def test_every_known_minor_brings_its_own_pinned_addons(self, version: str) -> None:
        graph = recorded(version=version)
        installed = {one.inputs["addonName"]: one.inputs["addonVersion"] for one in graph.of(ADDON)}
        assert installed == ADDON_VERSIONS[version]
        assert graph.named("pal-cluster", CLUSTER).inputs["version"] == version
        assert graph.named("pal-general", GROUP).inputs["version"] == version


def update(current: str | None, wanted: str) -> pulumi.ResourceHookArgs:
    """What the engine tells a hook before an update of the cluster."""
    return pulumi.ResourceHookArgs(
        urn="urn:pulumi:test::palisade::aws:eks/cluster:Cluster::pal-cluster",
        id="pal",
        name="pal-cluster",
        type="aws:eks/cluster:Cluster",
        old_outputs={"version": current} if current else {},
        new_inputs={"version": wanted},
    )


class TestNodes:
    def test_they_run_in_private_subnets_with_our_group_only(self, graph: Run) -> None:
        assert graph.named("pal-general", GROUP).inputs["subnetIds"] == [f"id-net-private-{zone}" for zone in "abc"]
        assert graph.named("pal-general", TEMPLATE).inputs["vpcSecurityGroupIds"] == ["id-pal-nodes"]

    def test_nobody_logs_in_with_a_key(self, graph: Run) -> None:
        assert "remoteAccess" not in graph.named("pal-general", GROUP).inputs
        assert "keyName" not in graph.named("pal-general", TEMPLATE).inputs

    def test_pods_cannot_take_the_nodes_credentials(self, graph: Run) -> None:
        options = graph.named("pal-general", TEMPLATE).inputs["metadataOptions"]
        assert options["httpTokens"] == "required"
        assert options["httpPutResponseHopLimit"] == 1

    def test_their_role_has_no_more_than_joining_pulling_and_sessions(self, graph: Run) -> None:
        assert policies_of(graph, "pal-nodes") == {
            "AmazonEKSWorkerNodeMinimalPolicy",
            "AmazonEC2ContainerRegistryPullOnly",
            "AmazonSSMManagedInstanceCore",
        }

    @pytest.mark.parametrize(
        ("images", "calls"),
        [
            (["AL2023"], {"ec2:DescribeInstances": "*", "ec2:DescribeInstanceTypes": "*"}),
            (["BOTTLEROCKET"], {"ec2:DescribeInstances": "*", "eks:DescribeCluster": "cluster/pal"}),
            (
                ["AL2023", "BOTTLEROCKET"],
                {
                    "ec2:DescribeInstances": "*",
                    "ec2:DescribeInstanceTypes": "*",
                    "eks:DescribeCluster": "cluster/pal",
                },
            ),
        ],
    )
    def test_they_may_call_what_their_images_call_at_boot(self, images: list[Any], calls: dict[str, str]) -> None:
        graph = recorded(node_groups=[NodeGroup(name=image.lower(), image=image) for image in images])
        policy = graph.named("pal-nodes-calls", "iam/rolePolicy:RolePolicy")
        allowed = {
            action: statement["Resource"].rsplit(":")[-1]
            for statement in json.loads(policy.inputs["policy"])["Statement"]
            for action in statement["Action"]
            if statement["Effect"] == "Allow"
        }
        assert allowed == calls
        assert all(graph.waits(group, policy) for group in graph.of(GROUP))

    @pytest.mark.parametrize(
        ("image", "volumes"),
        # Bottlerocket's own volume is as large as its image says.
        [("AL2023", {"/dev/xvda": 80}), ("BOTTLEROCKET", {"/dev/xvda": None, "/dev/xvdb": 80})],
    )
    def test_every_volume_is_encrypted_gp3(self, image: Any, volumes: dict[str, int | None]) -> None:
        graph = recorded(node_groups=[NodeGroup(name="big", image=image, disk_gib=80)])
        mappings = graph.named("pal-big", TEMPLATE).inputs["blockDeviceMappings"]
        assert {one["deviceName"]: one["ebs"].get("volumeSize") for one in mappings} == volumes
        assert all(one["ebs"]["encrypted"] == "true" and one["ebs"]["volumeType"] == "gp3" for one in mappings)

    @pytest.mark.parametrize(
        ("image", "kind", "expected"),
        [
            ("AL2023", "m7i.large", "AL2023_x86_64_STANDARD"),
            ("AL2023", "m7g.large", "AL2023_ARM_64_STANDARD"),
            ("BOTTLEROCKET", "c7i.xlarge", "BOTTLEROCKET_x86_64"),
            ("BOTTLEROCKET", "t4g.medium", "BOTTLEROCKET_ARM_64"),
        ],
    )
    def test_the_image_fits_the_machine(self, image: Any, kind: str, expected: str) -> None:
        graph = recorded(node_groups=[NodeGroup(name="one", image=image, instance_types=[kind])])
        assert graph.named("pal-one", GROUP).inputs["amiType"] == expected

    def test_one_node_at_a_time_is_replaced_or_repaired(self, graph: Run) -> None:
        group = graph.named("pal-general", GROUP).inputs
        assert group["updateConfig"] == {"maxUnavailable": 1, "updateStrategy": "DEFAULT"}
        assert group["nodeRepairConfig"] == {"enabled": True, "maxParallelNodesRepairedCount": 1}
        assert group["forceUpdateVersion"] is False

    def test_a_changed_template_reaches_the_nodes(self, graph: Run) -> None:
        assert graph.named("pal-general", GROUP).inputs["launchTemplate"] == {"id": "id-pal-general", "version": "7"}

    @pytest.mark.parametrize("kinds", [["m7i.large"], ["m7i.large", "m6i.large"]])
    def test_instance_types_are_the_groups_and_never_the_templates(self, kinds: list[str]) -> None:
        """Left out of the group, the provider keeps the old ones; in both, EKS refuses them."""
        graph = recorded(node_groups=[NodeGroup(name="general", instance_types=kinds)])
        assert graph.named("pal-general", GROUP).inputs["instanceTypes"] == kinds
        assert "instanceType" not in graph.named("pal-general", TEMPLATE).inputs

    @pytest.mark.parametrize("autoscaled", [False, True])
    def test_no_update_undoes_what_an_autoscaler_did(self, autoscaled: bool) -> None:
        graph = recorded(node_groups=[NodeGroup(name="general", autoscaled=autoscaled)])
        assert graph.named("pal-general", GROUP).request.ignoreChanges == ["scalingConfig.desiredSize"] * autoscaled

    def test_spot_groups_take_several_types_taints_labels_and_their_own_zones(self) -> None:
        spot = NodeGroup(
            name="spot",
            instance_types=["m7i.large", "m6i.large"],
            capacity="SPOT",
            labels={"pool": "spot"},
            taints=[Taint(key="spot", value="yes", effect="NO_SCHEDULE"), Taint(key="x", effect="NO_EXECUTE")],
            zones=["c", "a"],
            release="1.35.2-20260915",
        )
        graph = recorded(node_groups=[NodeGroup(name="general"), spot])
        group = graph.named("pal-spot", GROUP).inputs
        assert group["capacityType"] == "SPOT"
        assert group["instanceTypes"] == ["m7i.large", "m6i.large"]
        assert group["labels"] == {"pool": "spot"}
        assert group["taints"] == [
            {"key": "spot", "value": "yes", "effect": "NO_SCHEDULE"},
            {"key": "x", "effect": "NO_EXECUTE"},
        ]
        assert group["subnetIds"] == ["id-net-private-a", "id-net-private-c"]
        assert group["releaseVersion"] == "1.35.2-20260915"

    @pytest.mark.parametrize(("nodes", "minutes"), [(3, "60m"), (40, "600m")])
    def test_a_long_roll_is_not_cut_short(self, nodes: int, minutes: str) -> None:
        graph = recorded(node_groups=[NodeGroup(name="general", max_size=nodes)])
        assert graph.named("pal-general", GROUP).request.customTimeouts.update == minutes


class TestAddons:
    def test_the_network_policies_are_enforced_from_the_start(self, graph: Run) -> None:
        configured = json.loads(graph.named("pal-vpc-cni", ADDON).inputs["configurationValues"])
        assert configured["enableNetworkPolicy"] == "true"

    @pytest.mark.parametrize("asked", [False, True])
    def test_workloads_are_instrumented_only_where_asked_for(self, asked: bool) -> None:
        addon = recorded(application_signals=asked).named("pal-amazon-cloudwatch-observability", ADDON).inputs
        values = json.loads(addon["configurationValues"])
        assert values["manager"]["applicationSignals"]["autoMonitor"]["monitorAllServices"] is asked
        assert values["containerLogs"] == {"enabled": True}

    def test_what_calls_aws_does_so_with_a_role_of_its_own(self, graph: Run) -> None:
        expected = {
            "vpc-cni": ("aws-node", {"AmazonEKS_CNI_Policy"}),
            "aws-ebs-csi-driver": ("ebs-csi-controller-sa", {"service-role/AmazonEBSCSIDriverPolicy"}),
            "amazon-cloudwatch-observability": ("cloudwatch-agent", {"CloudWatchAgentServerPolicy"}),
        }
        found = {}
        for one in graph.of(ADDON):
            for association in one.inputs.get("podIdentityAssociations", []):
                assert association["roleArn"] == f"arn:aws:mock:::pal-{one.inputs['addonName']}"
                found[one.inputs["addonName"]] = (
                    association["serviceAccount"],
                    policies_of(graph, f"pal-{one.inputs['addonName']}"),
                )
        assert found == expected

    def test_a_role_is_for_one_service_account_of_this_cluster(self, graph: Run) -> None:
        (statement,) = json.loads(graph.named("pal-vpc-cni", ROLE).inputs["assumeRolePolicy"])["Statement"]
        assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
        assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]
        assert statement["Condition"]["StringEquals"] == {
            "aws:SourceAccount": "123456789012",
            "aws:RequestTag/eks-cluster-name": "pal",
            "aws:RequestTag/kubernetes-namespace": "kube-system",
            "aws:RequestTag/kubernetes-service-account": "aws-node",
        }

    def test_container_logs_are_encrypted_and_kept(self, graph: Run) -> None:
        for kind in CONTAINER_LOGS:
            group = graph.named(f"pal-{kind}", LOG_GROUP)
            assert group.inputs["name"] == f"/aws/containerinsights/pal/{kind}"
            assert group.inputs["kmsKeyId"] == "arn:aws:mock:::pal-logs-key"
            assert group.inputs["retentionInDays"] == 365
            assert graph.waits(graph.named("pal-amazon-cloudwatch-observability", ADDON), group)

    def test_agents_that_end_after_their_log_groups_do_not_create_them_again(self, graph: Run) -> None:
        """AWS's managed policy allows it, and fluent-bit would: without key and retention."""
        denied = graph.named("pal-amazon-cloudwatch-observability-no-new-log-groups", "iam/rolePolicy:RolePolicy")
        statement, retention = json.loads(denied.inputs["policy"])["Statement"]
        groups = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/containerinsights/pal/*"
        assert statement == {"Effect": "Deny", "Action": "logs:CreateLogGroup", "Resource": groups}
        assert retention == {"Effect": "Deny", "Action": "logs:PutRetentionPolicy", "Resource": "*"}
        # Until the add-on is gone.
        assert graph.waits(graph.named("pal-amazon-cloudwatch-observability", "eks/addon:Addon"), denied)


class TestOrder:
    """What waits is created later and deleted earlier; what does not wait runs at the same time."""

    @pytest.mark.parametrize("addon", BEFORE_NODES)
    def test_nodes_come_after_the_cni_and_go_before_it(self, graph: Run, addon: str) -> None:
        group = graph.named("pal-general", GROUP)
        assert graph.waits(group, graph.named(f"pal-{addon}", ADDON))

    @pytest.mark.parametrize("addon", AFTER_NODES)
    def test_pods_come_after_nodes(self, graph: Run, addon: str) -> None:
        assert graph.waits(graph.named(f"pal-{addon}", ADDON), graph.named("pal-general", GROUP))

    def test_nodes_keep_their_way_out_their_rules_and_their_rights_until_they_are_gone(self, graph: Run) -> None:
        group = graph.named("pal-general", GROUP)
        needed = [
            *graph.of("vpc/securityGroupIngressRule:SecurityGroupIngressRule"),
            *graph.of("vpc/securityGroupEgressRule:SecurityGroupEgressRule"),
            *(one for one in graph.of(ATTACHMENT) if one.inputs["role"] == "id-pal-nodes"),
            *(one for one in graph.of("ec2/route:Route") if "private" in one.name),
            *graph.of("ec2/natGateway:NatGateway"),
            *graph.of("ec2/vpcEndpoint:VpcEndpoint"),
        ]
        missing = {one.name for one in needed if not graph.waits(group, one)}
        assert missing == {"net-endpoints-from-vpc"}, (
            "the endpoints' own rule is made with them, long before nodes boot"
        )

    def test_the_control_plane_can_clean_up_interfaces_until_it_is_gone(
        self, graph: Run, control_plane: Registered
    ) -> None:
        assert policies_of(graph, "pal-control-plane") == {"AmazonEKSClusterPolicy", "AmazonEKSVPCResourceController"}
        attached = [one for one in graph.of(ATTACHMENT) if one.inputs["role"] == "id-pal-control-plane"]
        assert all(graph.waits(control_plane, one) for one in attached)

    def test_the_cni_keeps_its_rights_while_nodes_exist(self, graph: Run) -> None:
        attached = graph.named("pal-vpc-cni-AmazonEKS_CNI_Policy", ATTACHMENT)
        assert graph.waits(graph.named("pal-general", GROUP), attached)

    def test_the_control_plane_waits_for_nothing_slow(self, graph: Run, control_plane: Registered) -> None:
        slow = [
            *graph.of("ec2/natGateway:NatGateway"),
            *graph.of("ec2/vpcEndpoint:VpcEndpoint"),
            *graph.of("ec2/flowLog:FlowLog"),
        ]
        assert not [one.name for one in slow if graph.waits(control_plane, one)]

    def test_nodes_wait_for_no_person_no_log_group_of_containers_and_no_other_group(self) -> None:
        graph = recorded(node_groups=[NodeGroup(name="general"), NodeGroup(name="more")])
        group = graph.named("pal-general", GROUP)
        others = [
            *graph.of("eks/accessEntry:AccessEntry"),
            *(graph.named(f"pal-{kind}", LOG_GROUP) for kind in CONTAINER_LOGS),
            graph.named("pal-more", GROUP),
            graph.named("pal-oidc", "iam/openIdConnectProvider:OpenIdConnectProvider"),
        ]
        assert not [one.name for one in others if graph.waits(group, one)]

    def test_pods_wait_only_for_groups_that_take_them(self) -> None:
        tainted = NodeGroup(name="gpu", taints=[Taint(key="gpu", effect="NO_SCHEDULE")])
        graph = recorded(node_groups=[NodeGroup(name="general"), tainted])
        coredns = graph.named("pal-coredns", ADDON)
        assert graph.waits(coredns, graph.named("pal-general", GROUP))
        assert not graph.waits(coredns, graph.named("pal-gpu", GROUP))

    def test_addons_before_nodes_do_not_wait_for_each_other(self, graph: Run) -> None:
        for later in BEFORE_NODES:
            for earlier in BEFORE_NODES:
                assert not graph.waits(graph.named(f"pal-{later}", ADDON), graph.named(f"pal-{earlier}", ADDON))

    def test_the_longest_chain_is_the_necessary_one(self, graph: Run) -> None:
        """Of what takes minutes: the control plane, an add-on, the nodes, an add-on on them. Nothing else in a row."""
        slow = {CLUSTER, ADDON, GROUP, "ec2/natGateway:NatGateway", "ec2/vpcEndpoint:VpcEndpoint"}
        by_urn = {one.urn: one for one in graph.resources}
        depth: dict[str, tuple[str, ...]] = {}

        def chain(urn: str) -> tuple[str, ...]:
            if urn not in depth:
                one = by_urn[urn]
                before = max((chain(other) for other in one.depends_on if other in by_urn), key=len, default=())
                own = one.type.removeprefix("aws:")
                depth[urn] = (*before, own) if own in slow else before
            return depth[urn]

        assert max((chain(urn) for urn in by_urn), key=len) == (CLUSTER, ADDON, GROUP, ADDON)


def test_a_preview_in_which_nothing_is_known_registers_the_same(graph: Run) -> None:
    assert {one.urn for one in recorded(known=False).resources} == {one.urn for one in graph.resources}


def test_nothing_in_the_graph_tells_who_runs_the_program(graph: Run) -> None:
    """The recording refuses every question to AWS; the only principals are those of the list."""
    entries = graph.of("eks/accessEntry:AccessEntry")
    assert {one.inputs["principalArn"] for one in entries} == {
        f"arn:aws:iam::123456789012:role/{name}" for name in ("ada", "grace", "lin")
    }


def test_the_default_version_is_one_that_can_be_made() -> None:
    assert DEFAULT_VERSION in ADDON_VERSIONS


def test_everything_that_takes_tags_carries_the_owner(graph: Run) -> None:
    untagged = {"aws:ec2/route:Route", "aws:iam/rolePolicy:RolePolicy", "aws:kms/alias:Alias"}
    untagged |= {f"aws:{ATTACHMENT}", "aws:ec2/routeTableAssociation:RouteTableAssociation"}
    untagged |= {"aws:eks/accessPolicyAssociation:AccessPolicyAssociation"}
    taking = [one for one in graph.resources if one.type.startswith("aws:") and one.type not in untagged]
    assert not [one.name for one in taking if one.inputs.get("tags", {}).get("owner") != "platform"]
