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

from policies.guidelines import eks as guideline
from sandbox.emulator.inprocess import emulated_aws
from sandbox.emulator.services.eks import catalogue
from sandbox.emulator.services.eks.clusters import API_SERVER_VARIABLE, AUTHORITY_VARIABLE

REGION = "eu-central-1"
PERSON = "arn:aws:iam::123456789012:user/ada"


@dataclass
class World:
    """What a cluster needs, and the clients to ask."""

    ec2: Any
    eks: Any
    role: str
    key: str
    vpc: str
    subnets: list[str]

    def make_cluster(self, **settings: Any) -> dict[str, Any]:
        access = {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}
        network = {"subnetIds": self.subnets, "endpointPublicAccess": False, "endpointPrivateAccess": True}
        given = {"version": "1.34", "accessConfig": access, "resourcesVpcConfig": network, **settings}
        return self.eks.create_cluster(name="c", roleArn=self.role, **given)["cluster"]

    def make_nodegroup(self, **settings: Any) -> dict[str, Any]:
        given = {"subnets": self.subnets, "nodeRole": self.role, **settings}
        return self.eks.create_nodegroup(clusterName="c", nodegroupName="n", **given)["nodegroup"]


@pytest.fixture
def world() -> Iterator[World]:
    with emulated_aws():
        ec2 = boto3.client("ec2", REGION)
        trust = {"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        role = boto3.client("iam").create_role(
            RoleName="eks", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
            for index, zone in enumerate("ab")
        ]
        yield World(
            ec2=ec2,
            eks=boto3.client("eks", REGION),
            role=role["Role"]["Arn"],
            key=boto3.client("kms", REGION).create_key()["KeyMetadata"]["Arn"],
            vpc=vpc,
            subnets=[subnet["SubnetId"] for subnet in subnets],
        )


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
        ({"serviceAccountRoleArn": "arn:aws:iam::123456789012:role/nobody"}, "could not be assumed"),
    ],
)
def test_wrong_addons_are_refused(world: World, settings: dict[str, Any], word: str) -> None:
    world.make_cluster()
    code, message = refusal(world.eks.create_addon, **{"clusterName": "c", "addonName": "coredns", **settings})
    assert (code, word in message) == ("InvalidParameterException", True)
    assert world.eks.list_addons(clusterName="c")["addons"] == []


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
    entry = world.eks.describe_access_entry(clusterName="c", principalArn=world.role)["accessEntry"]
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


def test_every_resource_can_be_tagged(world: World) -> None:
    world.make_cluster()
    world.make_nodegroup()
    world.eks.create_addon(clusterName="c", addonName="coredns")
    arns = [
        world.eks.describe_cluster(name="c")["cluster"]["arn"],
        world.eks.describe_nodegroup(clusterName="c", nodegroupName="n")["nodegroup"]["nodegroupArn"],
        world.eks.describe_addon(clusterName="c", addonName="coredns")["addon"]["addonArn"],
        world.eks.describe_access_entry(clusterName="c", principalArn=world.role)["accessEntry"]["accessEntryArn"],
    ]
    for arn in arns:
        world.eks.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
        world.eks.untag_resource(resourceArn=arn, tagKeys=["a"])
        assert world.eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
    assert refusal(world.eks.list_tags_for_resource, resourceArn=f"{arns[0]}x")[0] == "NotFoundException"


def test_nothing_is_left_for_the_next_test() -> None:
    with emulated_aws():
        assert boto3.client("eks", REGION).list_clusters()["clusters"] == []
