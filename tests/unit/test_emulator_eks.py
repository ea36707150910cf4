"""EKS in the emulated AWS: what is asked is what is told, and what AWS refuses is refused with its codes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from components.cluster.addons import BEFORE_NODES, after_nodes
from policies.guidelines import eks as guideline
from sandbox.emulator.inprocess import emulated_aws
from sandbox.emulator.services.eks import addon_schemas, catalogue
from sandbox.emulator.services.eks.clusters import API_SERVER_VARIABLE, AUTHORITY_VARIABLE

REGION = "eu-central-1"
PERSON = "arn:aws:iam::123456789012:user/ada"


@dataclass
class World:
    """What a cluster needs, and the clients to ask."""

    ec2: Any
    eks: Any
    role: str
    node_role: str
    """As AWS's guide describes it, with the CNI's rights on the node."""
    key: str
    vpc: str
    subnets: list[str]

    def make_cluster(self, **settings: Any) -> dict[str, Any]:
        access = {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}
        network = {"subnetIds": self.subnets, "endpointPublicAccess": False, "endpointPrivateAccess": True}
        given = {"version": "1.34", "accessConfig": access, "resourcesVpcConfig": network, **settings}
        return self.eks.create_cluster(**{"name": "c", "roleArn": self.role, **given})["cluster"]

    def make_nodegroup(self, **settings: Any) -> dict[str, Any]:
        given = {"subnets": self.subnets, "nodeRole": self.node_role, **settings}
        return self.eks.create_nodegroup(clusterName="c", nodegroupName="n", **given)["nodegroup"]


NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy")


def made_role(name: str, service: str, *policies: str) -> str:
    """A role for a service, with AWS's managed policies."""
    iam = boto3.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    for policy in policies:
        iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    return role


@pytest.fixture
def world() -> Iterator[World]:
    with emulated_aws():
        ec2 = boto3.client("ec2", REGION)
        boto3.client("iam").create_user(UserName="ada")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
            for index, zone in enumerate("ab")
        ]
        yield World(
            ec2=ec2,
            eks=boto3.client("eks", REGION),
            role=made_role("eks", "eks.amazonaws.com"),
            node_role=made_role("nodes", "ec2.amazonaws.com", *NODE_POLICIES),
            key=boto3.client("kms", REGION).create_key()["KeyMetadata"]["Arn"],
            vpc=vpc,
            subnets=[subnet["SubnetId"] for subnet in subnets],
        )


@pytest.mark.parametrize("logged", [True, False])
def test_the_last_lines_of_a_cluster_create_its_log_group_again(world: World, logged: bool) -> None:
    """By EKS's service-linked role: terraform-aws-modules/terraform-aws-eks, issues 2446 and 2763."""
    logs, group = boto3.client("logs", REGION), "/aws/eks/c/cluster"
    logs.create_log_group(logGroupName=group)
    logs.put_retention_policy(logGroupName=group, retentionInDays=365)
    world.make_cluster(logging={"clusterLogging": [{"types": ["audit"], "enabled": logged}]})
    world.eks.delete_cluster(name="c")
    logs.delete_log_group(logGroupName=group)
    again = [each.get("retentionInDays") for each in logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]]
    assert again == ([None] if logged else [])
    if logged:
        logs.delete_log_group(logGroupName=group)
        assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"] == []


def refusal(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    """Code and message with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_cluster_tells_every_setting_that_it_was_given(world: World) -> None:
    encryption = [{"resources": ["secrets"], "provider": {"keyArn": world.key}}]
    logging = {"clusterLogging": [{"types": list(guideline.CONTROL_PLANE_LOGS), "enabled": True}]}
    world.make_cluster(
        encryptionConfig=encryption,
        logging=logging,
        deletionProtection=True,
        upgradePolicy={"supportType": "STANDARD"},
        zonalShiftConfig={"enabled": True},
        controlPlaneScalingConfig={"tier": "tier-xl"},
        tags={"owner": "platform"},
    )
    told = world.eks.describe_cluster(name="c")["cluster"]
    assert told["encryptionConfig"] == encryption
    assert told["logging"] == logging
    assert told["deletionProtection"] is True
    assert told["upgradePolicy"] == {"supportType": "STANDARD"}
    assert told["zonalShiftConfig"] == {"enabled": True}
    assert told["controlPlaneScalingConfig"] == {"tier": "tier-xl"}
    assert told["accessConfig"]["authenticationMode"] == "API"
    assert told["tags"] == {"owner": "platform"}
    assert told["resourcesVpcConfig"]["vpcId"] == world.vpc
    assert told["resourcesVpcConfig"]["endpointPublicAccess"] is False
    assert told["identity"]["oidc"]["issuer"].startswith(f"https://oidc.eks.{REGION}.amazonaws.com/id/")
    assert b"BEGIN CERTIFICATE" in base64.b64decode(told["certificateAuthority"]["data"])


def test_the_sandboxs_api_server_is_what_a_cluster_tells(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = tmp_path / "ca.pem"
    authority.write_text("-----BEGIN CERTIFICATE-----\nsandbox\n")
    monkeypatch.setenv(API_SERVER_VARIABLE, "https://127.0.0.1:7443")
    monkeypatch.setenv(AUTHORITY_VARIABLE, str(authority))
    told = world.make_cluster()
    assert told["endpoint"] == "https://127.0.0.1:7443"
    assert base64.b64decode(told["certificateAuthority"]["data"]) == authority.read_bytes()


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"version": "1.19"}, "unsupported Kubernetes version"),
        ({"resourcesVpcConfig": {"subnetIds": ["subnet-1", "subnet-2"]}}, "does not exist"),
        ({"upgradePolicy": {"supportType": "FOREVER"}}, "enum value set"),
        ({"encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": "arn:aws:kms:x"}}]}, "not valid"),
        ({"roleArn": "arn:aws:iam::123456789012:role/nobody"}, "could not be assumed"),
        ({"name": "-starts-badly"}, "regular expression pattern"),
    ],
)
def test_wrong_settings_of_a_cluster_are_refused(world: World, settings: dict[str, Any], word: str) -> None:
    given = {"name": "c", "roleArn": world.role, "resourcesVpcConfig": {"subnetIds": world.subnets}, **settings}
    code, message = refusal(world.eks.create_cluster, **given)
    assert code == "InvalidParameterException"
    assert word in message
    assert world.eks.list_clusters()["clusters"] == []


def test_subnets_of_one_zone_and_a_cluster_without_a_door_are_refused(world: World) -> None:
    shut = {"subnetIds": world.subnets, "endpointPublicAccess": False, "endpointPrivateAccess": False}
    for network, word in (({"subnetIds": world.subnets[:1]}, "two different AZs"), (shut, "cannot be false")):
        code, message = refusal(world.make_cluster, resourcesVpcConfig=network)
        assert (code, word in message) == ("InvalidParameterException", True)


def test_a_protected_cluster_and_one_with_nodes_cannot_be_deleted(world: World) -> None:
    world.make_cluster(deletionProtection=True)
    world.make_nodegroup()
    assert refusal(world.eks.delete_cluster, name="c")[0] == "InvalidRequestException"
    world.eks.update_cluster_config(name="c", deletionProtection=False)
    assert refusal(world.eks.delete_cluster, name="c") == ("ResourceInUseException", "Cluster has nodegroups attached")
    world.eks.delete_nodegroup(clusterName="c", nodegroupName="n")
    world.eks.delete_cluster(name="c")
    assert refusal(world.eks.describe_cluster, name="c")[0] == "ResourceNotFoundException"


def test_a_cluster_holds_its_subnets_and_groups_until_it_is_deleted(world: World) -> None:
    group = world.make_cluster()["resourcesVpcConfig"]["clusterSecurityGroupId"]
    assert world.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["VpcId"] == world.vpc
    assert refusal(world.ec2.delete_subnet, SubnetId=world.subnets[0])[0] == "DependencyViolation"
    assert refusal(world.ec2.delete_security_group, GroupId=group)[0] == "DependencyViolation"
    assert refusal(world.ec2.delete_vpc, VpcId=world.vpc)[0] == "DependencyViolation"
    world.eks.delete_cluster(name="c")
    for subnet in world.subnets:
        world.ec2.delete_subnet(SubnetId=subnet)
    world.ec2.delete_vpc(VpcId=world.vpc)
    assert refusal(world.ec2.describe_security_groups, GroupIds=[group])[0] == "InvalidGroup.NotFound"


def test_updates_are_one_kind_at_a_time_and_are_remembered(world: World) -> None:
    world.make_cluster()
    both = {"upgradePolicy": {"supportType": "STANDARD"}, "zonalShiftConfig": {"enabled": True}}
    assert refusal(world.eks.update_cluster_config, name="c", **both)[0] == "InvalidParameterException"
    logging = {"clusterLogging": [{"types": ["audit"], "enabled": True}]}
    update = world.eks.update_cluster_config(name="c", logging=logging)["update"]
    assert world.eks.describe_update(name="c", updateId=update["id"])["update"]["type"] == "LoggingUpdate"
    assert world.eks.describe_cluster(name="c")["cluster"]["logging"]["clusterLogging"][0] == {
        "types": ["audit"],
        "enabled": True,
    }
    assert "No changes" in refusal(world.eks.update_cluster_config, name="c", logging=logging)[1]
    opened = {"endpointPublicAccess": True, "publicAccessCidrs": ["192.0.2.1/32"]}
    world.eks.update_cluster_config(name="c", resourcesVpcConfig=opened)
    told = world.eks.describe_cluster(name="c")["cluster"]["resourcesVpcConfig"]
    assert (told["endpointPublicAccess"], told["publicAccessCidrs"]) == (True, ["192.0.2.1/32"])
    assert "already at" in refusal(world.eks.update_cluster_config, name="c", resourcesVpcConfig=opened)[1]


def test_versions_go_up_one_minor_at_a_time(world: World) -> None:
    world.make_cluster(version="1.34")
    world.make_nodegroup()
    assert "minor version update" in refusal(world.eks.update_cluster_version, name="c", version="1.36")[1]
    assert "minor version update" in refusal(world.eks.update_cluster_version, name="c", version="1.33")[1]
    world.eks.update_cluster_version(name="c", version="1.35")
    assert world.eks.describe_cluster(name="c")["cluster"]["version"] == "1.35"
    world.eks.update_nodegroup_version(clusterName="c", nodegroupName="n", version="1.35")
    assert world.eks.describe_nodegroup(clusterName="c", nodegroupName="n")["nodegroup"]["version"] == "1.35"


def test_addons_round_trip_with_their_pod_identities(world: World) -> None:
    world.make_cluster()
    newest, older = catalogue.builds("vpc-cni", "1.34")
    identity = [{"serviceAccount": "aws-node", "roleArn": world.role}]
    world.eks.create_addon(
        clusterName="c", addonName="vpc-cni", addonVersion=older, podIdentityAssociations=identity, tags={"a": "b"}
    )
    addon = world.eks.describe_addon(clusterName="c", addonName="vpc-cni")["addon"]
    assert (addon["addonVersion"], addon["status"], addon["tags"]) == (older, "ACTIVE", {"a": "b"})
    (owned,) = world.eks.list_pod_identity_associations(clusterName="c")["associations"]
    assert owned["ownerArn"] == addon["addonArn"]
    code, _ = refusal(world.eks.delete_pod_identity_association, clusterName="c", associationId=owned["associationId"])
    assert code == "InvalidRequestException"
    values = '{"enableNetworkPolicy": "true"}'
    world.eks.update_addon(
        clusterName="c",
        addonName="vpc-cni",
        addonVersion=newest,
        configurationValues=values,
        podIdentityAssociations=[],
    )
    addon = world.eks.describe_addon(clusterName="c", addonName="vpc-cni")["addon"]
    assert (addon["addonVersion"], addon["configurationValues"]) == (newest, values)
    assert world.eks.list_pod_identity_associations(clusterName="c")["associations"] == []
    assert world.eks.list_addons(clusterName="c")["addons"] == ["vpc-cni"]
    world.eks.delete_addon(clusterName="c", addonName="vpc-cni")
    assert world.eks.list_addons(clusterName="c")["addons"] == []


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"addonName": "no-such-addon"}, "not supported"),
        ({"addonVersion": "v0.0.1-eksbuild.1"}, "version specified is not supported"),
        ({"resolveConflicts": "MAYBE"}, "enum value set"),
        ({"configurationValues": "{'a': ["}, "not JSON or YAML"),
        ({"configurationValues": '{"replicas": 2}'}, "[$.replicas: is not defined in the schema and the schema does"),
        ({"configurationValues": '{"replicaCount": "2"}'}, "[$.replicaCount: '2' is not of type 'integer']"),
        ({"configurationValues": "[]"}, "[$: [] is not of type 'object']"),
        ({"serviceAccountRoleArn": "arn:aws:iam::123456789012:role/nobody"}, "could not be assumed"),
    ],
)
def test_wrong_addons_are_refused(world: World, settings: dict[str, Any], word: str) -> None:
    world.make_cluster()
    code, message = refusal(world.eks.create_addon, **{"clusterName": "c", "addonName": "coredns", **settings})
    assert (code, word in message) == ("InvalidParameterException", True)
    assert world.eks.list_addons(clusterName="c")["addons"] == []


def test_the_program_and_eks_agree_where_they_must(world: World) -> None:
    """Each has its own table of what EKS is; what one of them has wrong shows here."""
    for minor, support in guideline.VERSIONS.items():
        offered = catalogue.VERSIONS[minor]
        assert (support.standard_until, support.extended_until) == (offered.standard_until, offered.extended_until)
    assert set(guideline.ACCESS_POLICIES.values()) <= set(catalogue.ACCESS_POLICIES)
    assert set(guideline.FORBIDDEN_GROUP_PREFIXES) == set(catalogue.RESERVED_PREFIXES)
    assert set(guideline.CONTROL_PLANE_LOGS) == set(catalogue.CONTROL_PLANE_LOGS)
    model = world.eks.meta.service_model
    assert set(guideline.AMI_TYPES.values()) <= set(model.shape_for("AMITypes").enum)
    assert set(guideline.CONTROL_PLANE_LOGS) == set(model.shape_for("LogType").enum)
    for name, addon in {**BEFORE_NODES, **after_nodes(application_signals=True)}.items():
        assert addon_schemas.faults(name, addon.configuration) == []
        if addon.identity:
            product = catalogue.PRODUCTS[name]
            assert (addon.identity.namespace, addon.identity.service_account) == (
                product.namespace,
                product.service_account,
            )


def test_every_pinned_addon_is_offered_as_its_minors_default(world: World) -> None:
    for minor, pinned in guideline.ADDON_VERSIONS.items():
        offered = {
            addon["addonName"]: version["addonVersion"]
            for addon in world.eks.describe_addon_versions(kubernetesVersion=minor)["addons"]
            for version in addon["addonVersions"]
            if version["compatibilities"][0]["defaultVersion"]
        }
        assert dict(pinned).items() <= offered.items()


def test_access_entries_and_their_policies_round_trip(world: World) -> None:
    world.make_cluster()
    world.eks.create_access_entry(clusterName="c", principalArn=PERSON, kubernetesGroups=["viewers"])
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    world.eks.associate_access_policy(
        clusterName="c",
        principalArn=PERSON,
        policyArn=policy,
        accessScope={"type": "namespace", "namespaces": ["deis"]},
    )
    (found,) = world.eks.list_associated_access_policies(clusterName="c", principalArn=PERSON)[
        "associatedAccessPolicies"
    ]
    assert (found["policyArn"], found["accessScope"]["namespaces"]) == (policy, ["deis"])
    assert world.eks.list_access_entries(clusterName="c", associatedPolicyArn=policy)["accessEntries"] == [PERSON]
    world.eks.update_access_entry(clusterName="c", principalArn=PERSON, kubernetesGroups=[], username="ada")
    entry = world.eks.describe_access_entry(clusterName="c", principalArn=PERSON)["accessEntry"]
    assert (entry["kubernetesGroups"], entry["username"], entry["type"]) == ([], "ada", "STANDARD")
    world.eks.disassociate_access_policy(clusterName="c", principalArn=PERSON, policyArn=policy)
    world.eks.delete_access_entry(clusterName="c", principalArn=PERSON)
    assert world.eks.list_access_entries(clusterName="c")["accessEntries"] == []


def test_access_that_eks_refuses(world: World) -> None:
    world.make_cluster()
    create, policy = world.eks.create_access_entry, "arn:aws:eks::aws:cluster-access-policy/"
    masters = refusal(create, clusterName="c", principalArn=PERSON, kubernetesGroups=["system:masters"])
    assert masters[0] == "InvalidParameterException"
    assert "system:" in masters[1]
    assert refusal(create, clusterName="c", principalArn="ada")[0] == "InvalidParameterException"
    create(clusterName="c", principalArn=PERSON)
    assert refusal(create, clusterName="c", principalArn=PERSON)[0] == "ResourceInUseException"
    common = {"clusterName": "c", "principalArn": PERSON}
    narrow = {"type": "namespace", "namespaces": []}
    associate = world.eks.associate_access_policy
    unknown = refusal(associate, **common, policyArn=f"{policy}AdminOfAll", accessScope={"type": "cluster"})
    assert unknown[0] == "ResourceNotFoundException"
    view = f"{policy}AmazonEKSViewPolicy"
    assert refusal(associate, **common, policyArn=view, accessScope=narrow)[0] == "InvalidParameterException"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"principalArn": f"{PERSON}-who-left"}, "invalid principal"),
        ({"principalArn": "arn:aws:iam::210987654321:user/ada"}, "invalid principal"),
        ({"principalArn": "arn:aws:iam::123456789012:role/aws-service-role/eks"}, "invalid principal"),
        ({"kubernetesGroups": ["eks:admins"]}, "cannot start with eks:"),
        ({"username": "system:admin"}, "cannot start with system:"),
        ({"username": "ada-{{SessionName}}"}, "a colon must come before"),
        ({"type": "EC2_LINUX", "kubernetesGroups": ["nodes"]}, "cannot be set for type"),
        ({"type": "ADMIN"}, "not valid"),
    ],
)
def test_entries_that_eks_refuses(world: World, changes: dict[str, Any], words: str) -> None:
    world.make_cluster()
    code, message = refusal(world.eks.create_access_entry, **{"clusterName": "c", "principalArn": PERSON, **changes})
    assert code == "InvalidParameterException"
    assert words in message


def test_the_api_server_of_the_sandbox_serves_one_cluster(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(API_SERVER_VARIABLE, "https://127.0.0.1:7443")
    assert world.make_cluster()["endpoint"] == "https://127.0.0.1:7443"
    network = {"subnetIds": world.subnets}
    other = world.eks.create_cluster(name="other", roleArn=world.role, resourcesVpcConfig=network)["cluster"]
    assert other["endpoint"].endswith(".eks.amazonaws.com")


def test_the_creator_is_admin_unless_told_otherwise_and_config_maps_have_no_entries(world: World) -> None:
    world.make_cluster(accessConfig={"authenticationMode": "API"})
    assert world.eks.list_access_entries(clusterName="c")["accessEntries"] == ["arn:aws:iam::123456789012:user/moto"]
    world.eks.delete_cluster(name="c")
    world.make_cluster(accessConfig={"authenticationMode": "CONFIG_MAP"})
    code, _ = refusal(world.eks.create_access_entry, clusterName="c", principalArn=PERSON)
    assert code == "InvalidRequestException"
    world.eks.update_cluster_config(name="c", accessConfig={"authenticationMode": "API"})
    back = {"authenticationMode": "CONFIG_MAP"}
    assert refusal(world.eks.update_cluster_config, name="c", accessConfig=back)[0] == "InvalidParameterException"


def test_pod_identities_round_trip(world: World) -> None:
    world.make_cluster()
    given = {"clusterName": "c", "namespace": "deis", "serviceAccount": "deis-builder", "roleArn": world.role}
    made = world.eks.create_pod_identity_association(**given)["association"]
    assert refusal(world.eks.create_pod_identity_association, **given)[0] == "ResourceInUseException"
    id_ = {"clusterName": "c", "associationId": made["associationId"]}
    world.eks.update_pod_identity_association(**id_, disableSessionTags=True)
    assert world.eks.describe_pod_identity_association(**id_)["association"]["disableSessionTags"] is True
    listed = world.eks.list_pod_identity_associations(clusterName="c", namespace="deis")["associations"]
    assert [each["serviceAccount"] for each in listed] == ["deis-builder"]
    world.eks.delete_pod_identity_association(**id_)
    assert refusal(world.eks.describe_pod_identity_association, **id_)[0] == "ResourceNotFoundException"


def test_node_groups_keep_their_settings_and_bring_their_role_in(world: World) -> None:
    world.make_cluster()
    template = world.ec2.create_launch_template(
        LaunchTemplateName="nodes", LaunchTemplateData={"MetadataOptions": {"HttpTokens": "required"}}
    )["LaunchTemplate"]
    launch = {"id": template["LaunchTemplateId"], "version": "1"}
    made = world.make_nodegroup(
        launchTemplate=launch,
        updateConfig={"maxUnavailable": 1},
        nodeRepairConfig={"enabled": True},
        scalingConfig={"minSize": 3, "desiredSize": 3, "maxSize": 6},
        amiType="BOTTLEROCKET_x86_64",
        taints=[{"key": "a", "value": "b", "effect": "NO_SCHEDULE"}],
    )
    assert made["launchTemplate"] == {**launch, "name": "nodes"}
    assert (made["amiType"], made["version"]) == ("BOTTLEROCKET_x86_64", "1.34")
    assert made["nodeRepairConfig"] == {"enabled": True}
    assert made["updateConfig"]["maxUnavailable"] == 1
    entry = world.eks.describe_access_entry(clusterName="c", principalArn=world.node_role)["accessEntry"]
    assert (entry["type"], entry["kubernetesGroups"]) == ("EC2_LINUX", ["system:nodes"])
    name = {"clusterName": "c", "nodegroupName": "n"}
    world.eks.update_nodegroup_config(
        **name,
        labels={"addOrUpdateLabels": {"tier": "web"}},
        taints={"removeTaints": [{"key": "a", "value": "b", "effect": "NO_SCHEDULE"}]},
        scalingConfig={"desiredSize": 4},
    )
    told = world.eks.describe_nodegroup(**name)["nodegroup"]
    assert (told["labels"], told["taints"], told["scalingConfig"]["desiredSize"]) == ({"tier": "web"}, [], 4)
    world.eks.delete_nodegroup(**name)
    assert world.eks.list_access_entries(clusterName="c")["accessEntries"] == []


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"version": "1.36"}, "not supported with a cluster of version 1.34"),
        ({"scalingConfig": {"minSize": 3, "desiredSize": 1, "maxSize": 6}}, "must be between"),
        ({"subnets": ["subnet-0"]}, "does not exist"),
        ({"launchTemplate": {"name": "none", "version": "1"}}, "does not exist"),
        ({"amiType": "AL3"}, "enum value set"),
        ({"updateConfig": {"maxUnavailable": 1, "maxUnavailablePercentage": 10}}, "Exactly one"),
    ],
)
def test_wrong_node_groups_are_refused(world: World, settings: dict[str, Any], word: str) -> None:
    world.make_cluster()
    code, message = refusal(world.make_nodegroup, **settings)
    assert (code, word in message) == ("InvalidParameterException", True)


MISSING = {
    None: None,
    # Of the rest only AmazonEKSWorkerNodeMinimalPolicy, which lets no node learn its own name.
    "AmazonEKSWorkerNodePolicy": "Instances failed to join the kubernetes cluster",
    "AmazonEC2ContainerRegistryPullOnly": "Unhealthy nodes in the kubernetes cluster",
    "AmazonEKS_CNI_Policy": "Unhealthy nodes in the kubernetes cluster",
}
"""Policy that a node's role lacks -> the health issue."""


@pytest.mark.parametrize("kind", ["AL2023_ARM_64_STANDARD", "BOTTLEROCKET_x86_64"])
def test_nodes_whose_role_lacks_what_they_call_never_join(world: World, kind: str) -> None:
    world.make_cluster()
    group = {"clusterName": "c", "nodegroupName": "n"}
    for left_out, message in MISSING.items():
        kept = {*NODE_POLICIES, "AmazonEKSWorkerNodeMinimalPolicy"} - {left_out}
        if left_out == "AmazonEKSWorkerNodePolicy":
            kept.remove("AmazonEKS_CNI_Policy")  # which allows ec2:DescribeInstances as well
        role = made_role(f"without-{left_out}", "ec2.amazonaws.com", *kept)
        world.make_nodegroup(nodeRole=role, amiType=kind, instanceTypes=["m7g.large" if "ARM" in kind else "m7i.large"])
        told = world.eks.describe_nodegroup(**group)["nodegroup"]
        assert told["status"] == ("CREATE_FAILED" if message else "ACTIVE"), left_out
        issues = [(each["code"], each["message"]) for each in told["health"]["issues"]]
        assert issues == ([("NodeCreationFailure", message)] if message else []), left_out
        if message:
            update = world.eks.update_nodegroup_config
            assert refusal(update, **group, scalingConfig={"desiredSize": 1})[0] == "ResourceInUseException"
        world.eks.delete_nodegroup(**group)


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny", "Action": "ec2:Describe*", "Resource": "*"},
        {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"},
    ],
)
def test_a_denial_keeps_nodes_from_joining(world: World, statement: dict[str, Any]) -> None:
    world.make_cluster()
    boto3.client("iam").put_role_policy(
        RoleName="nodes", PolicyName="no", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement})
    )
    assert world.make_nodegroup()["status"] == "CREATE_FAILED"


def test_nodes_of_a_cluster_without_a_cni_never_become_ready(world: World) -> None:
    world.make_cluster(bootstrapSelfManagedAddons=False)
    assert world.make_nodegroup()["health"]["issues"][0]["message"] == "Unhealthy nodes in the kubernetes cluster"
    world.eks.delete_nodegroup(clusterName="c", nodegroupName="n")
    world.eks.create_addon(clusterName="c", addonName="vpc-cni")
    assert world.make_nodegroup()["status"] == "ACTIVE"


def test_roles_that_the_wrong_service_may_take_are_refused(world: World) -> None:
    code, message = refusal(world.make_cluster, roleArn=world.node_role)
    assert (code, "the trusted entity is not correct" in message) == ("InvalidParameterException", True)
    world.make_cluster()
    code, message = refusal(world.make_nodegroup, nodeRole=world.role)
    assert (code, "[ec2.amazonaws.com] were not found in the trust" in message) == ("InvalidParameterException", True)


class TestInstanceTypes:
    """In the template or in the group, never in both, and of the image's architecture."""

    @pytest.fixture
    def template(self, world: World) -> dict[str, str]:
        world.make_cluster()
        made = world.ec2.create_launch_template(
            LaunchTemplateName="nodes", LaunchTemplateData={"InstanceType": "m7i.large"}
        )
        world.ec2.create_launch_template_version(
            LaunchTemplateName="nodes", LaunchTemplateData={"ImageId": "ami-12c6146b"}
        )
        return {"id": made["LaunchTemplate"]["LaunchTemplateId"]}

    def test_both_are_refused(self, world: World, template: dict[str, str]) -> None:
        refused = ("InvalidRequestException", "Cannot specify instance types in launch template and API request")
        launch, types = {**template, "version": "1"}, ["m7i.large", "m6i.large"]
        assert refusal(world.make_nodegroup, launchTemplate=launch, instanceTypes=types) == refused
        world.make_nodegroup(launchTemplate={**template, "version": "2"}, instanceTypes=types)
        update = world.eks.update_nodegroup_version
        assert refusal(update, clusterName="c", nodegroupName="n", launchTemplate=launch) == refused

    def test_the_templates_own_is_not_the_groups_and_none_is_t3_medium(
        self, world: World, template: dict[str, str]
    ) -> None:
        assert world.make_nodegroup(launchTemplate={**template, "version": "1"})["instanceTypes"] == []
        world.eks.delete_nodegroup(clusterName="c", nodegroupName="n")
        assert world.make_nodegroup(launchTemplate={**template, "version": "2"})["instanceTypes"] == ["t3.medium"]

    def test_another_architecture_than_the_images_is_refused(self, world: World) -> None:
        world.make_cluster()
        code, message = refusal(world.make_nodegroup, instanceTypes=["m7i.large", "m7g.large"])
        assert code == "InvalidParameterException"
        assert message == "[m7g.large] is not a valid instance type for requested amiType AL2023_x86_64_STANDARD"

    def test_what_eks_takes_in_no_template_is_refused(self, world: World) -> None:
        world.make_cluster()
        data = {"IamInstanceProfile": {"Name": "mine"}}
        made = world.ec2.create_launch_template(LaunchTemplateName="profiled", LaunchTemplateData=data)[
            "LaunchTemplate"
        ]
        launch = {"id": made["LaunchTemplateId"], "version": "1"}
        assert "IamInstanceProfile" in refusal(world.make_nodegroup, launchTemplate=launch)[1]


def test_every_resource_can_be_tagged(world: World) -> None:
    world.make_cluster()
    world.make_nodegroup()
    world.eks.create_addon(clusterName="c", addonName="coredns")
    arns = [
        world.eks.describe_cluster(name="c")["cluster"]["arn"],
        world.eks.describe_nodegroup(clusterName="c", nodegroupName="n")["nodegroup"]["nodegroupArn"],
        world.eks.describe_addon(clusterName="c", addonName="coredns")["addon"]["addonArn"],
        world.eks.describe_access_entry(clusterName="c", principalArn=world.node_role)["accessEntry"]["accessEntryArn"],
    ]
    for arn in arns:
        world.eks.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
        world.eks.untag_resource(resourceArn=arn, tagKeys=["a"])
        assert world.eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
    assert refusal(world.eks.list_tags_for_resource, resourceArn=f"{arns[0]}x")[0] == "NotFoundException"


def test_nothing_is_left_for_the_next_test() -> None:
    with emulated_aws():
        assert boto3.client("eks", REGION).list_clusters()["clusters"] == []
