"""Attacks on who gets in: VPN, SSH, the cluster's API, machines."""

from __future__ import annotations

import base64
import gzip
from typing import Any, Final

from policies.kernel.cases import Item
from tests.adversary.attack import Attack

CLUSTER: Final = "aws:eks/cluster:Cluster"
INSTANCE: Final = "aws:ec2/instance:Instance"
ADMINISTRATOR: Final = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
SCRIPT: Final = "#!/bin/sh\nexport DB_PASSWORD='correct horse'\n"


def _attack(requirement: str, name: str, why: str, blocked_by: str, *items: Item) -> Attack:
    return Attack(name=name, requirement=requirement, why=why, items=items, blocked_by=blocked_by)


def _cluster(name: str, why: str, blocked_by: str, requirement: str = "VPN-MFA", **props: Any) -> Attack:
    return _attack(requirement, name, why, blocked_by, Item(type=CLUSTER, props={"name": "palisade", **props}))


def _machine(requirement: str, name: str, why: str, blocked_by: str, type_: str = INSTANCE, **props: Any) -> Attack:
    return _attack(requirement, name, why, blocked_by, Item(type=type_, props={"instanceType": "t4g.small", **props}))


def _endpoint(**props: Any) -> dict[str, Any]:
    return {"vpcConfig": {"subnetIds": ["subnet-1"], "endpointPrivateAccess": True, **props}}


ATTACKS: Final = (
    _cluster(
        "api_in_two_halves",
        "Everybody reaches the API server.",
        "public-endpoint-off-or-narrow",
        **_endpoint(endpointPublicAccess=True, publicAccessCidrs=["0.0.0.0/1", "128.0.0.0/1"]),
    ),
    _cluster(
        "api_without_a_list",
        "EKS's default for the ranges is everybody.",
        "public-endpoint-off-or-narrow",
        **_endpoint(endpointPublicAccess="true"),
    ),
    _cluster(
        "administrator_by_creation",
        "The creator of the cluster stays its administrator, and no list names them.",
        "creator-admin-off",
        "SSH-USER",
        accessConfig={"authenticationMode": "API"},
    ),
    _cluster(
        "users_in_a_config_map",
        "Who may write a ConfigMap makes administrators.",
        "authentication-mode-api",
        "SSH-USER",
        accessConfig={"authenticationMode": "API_AND_CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": False},
    ),
    _cluster(
        "secrets_under_aws_s_key",
        "Nobody can take the key away.",
        "secrets-customer-key",
        "INH-4",
        encryptionConfig={"resources": ["secrets"], "provider": {"keyArn": ""}},
    ),
    _cluster("version_that_nobody_mends", "Known holes stay open.", "supported-version", "INH-4", version="1.24"),
    _attack(
        "VPN-MFA",
        "masters_by_an_access_entry",
        "The group system:masters passes every check of RBAC.",
        "access-entry-no-system-masters",
        Item(
            type="aws-native:eks:AccessEntry",
            props={
                "clusterName": "palisade",
                "principalArn": "arn:aws:iam::123456789012:role/ada",
                "kubernetesGroups": ["system:masters"],
            },
        ),
    ),
    _attack(
        "SSH-USER",
        "administrator_in_a_native_entry",
        "The account itself, and so everybody in it, administers the cluster.",
        "cluster-admin-allowlist",
        Item(
            type="aws-native:eks:AccessEntry",
            props={
                "clusterName": "palisade",
                "principalArn": "arn:aws:iam::123456789012:root",
                "accessPolicies": [{"policyArn": ADMINISTRATOR, "accessScope": {"type": "cluster"}}],
            },
        ),
    ),
    _attack(
        "SSH-USER",
        "users_by_a_patched_config_map",
        "The ConfigMap aws-auth makes administrators.",
        "no-aws-auth-config-map",
        Item(
            type="kubernetes:core/v1:ConfigMapPatch",
            props={
                "metadata": {"name": "aws-auth", "namespace": "kube-system"},
                "data": {"mapUsers": "- {userarn: 'arn:aws:iam::1:user/x', groups: [system:masters]}"},
            },
        ),
    ),
    _attack(
        "SSH-USER",
        "shell_on_nodes",
        "One key opens every node.",
        "nodes-no-remote-access",
        Item(type="aws:eks/nodeGroup:NodeGroup", props={"remoteAccess": {"ec2SshKey": "team"}}),
    ),
    _machine("SSH-USER", "one_key_for_all", "Who leaves keeps the key.", "no-key-pair", keyName="team"),
    _machine(
        "INH-4",
        "old_metadata_service",
        "A request that is forged on the machine reads its credentials.",
        "imdsv2-required",
        metadataOptions={"httpTokens": "optional"},
    ),
    _machine(
        "INH-4",
        "metadata_for_pods",
        "Pods read the node's credentials over one hop more.",
        "metadata-hop-limit",
        "aws:ec2/launchTemplate:LaunchTemplate",
        metadataOptions={"httpTokens": "required", "httpPutResponseHopLimit": "2"},
    ),
    _machine(
        "VPN-MFA",
        "password_in_a_compressed_script",
        "Who may describe the instance reads its start script.",
        "no-secrets-in-user-data",
        userDataBase64=base64.b64encode(gzip.compress(SCRIPT.encode(), mtime=0)).decode(),
    ),
    _machine(
        "SSH-CFG",
        "passwords_for_ssh",
        "The script lets people in by a password.",
        "user-data-opens-no-ssh",
        userDataBase64=base64.b64encode(
            b"#!/bin/sh\necho 'PasswordAuthentication yes' >> /etc/ssh/sshd_config\n"
        ).decode(),
    ),
    _machine(
        "SSH-USER",
        "one_key_in_the_launch",
        "Who has the key has every machine, and nobody can take it back.",
        "user-data-opens-no-ssh",
        "aws:ec2/launchTemplate:LaunchTemplate",
        userData=base64.b64encode(b"#cloud-config\nssh_authorized_keys:\n- ssh-ed25519 AAAA team\n").decode(),
    ),
    _machine(
        "INH-4",
        "image_of_anybody_s_account",
        "Anybody who shares an image of that name controls the machine.",
        "ami-owner-allowlist",
        ami="resolve:ssm:/somebody/golden",
    ),
    _machine(
        "INH-4",
        "disk_in_plain_text",
        "A snapshot of the second disk is readable.",
        "volumes-encrypted",
        rootBlockDevice={"encrypted": True},
        ebsBlockDevices=[{"deviceName": "/dev/sdb", "encrypted": "false"}],
    ),
    _attack(
        "SSH-CFG",
        "ssh_in_a_range",
        "Port 22 is among those of a range.",
        "sg-no-public-admin-ports",
        Item(
            type="aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            props={
                "securityGroupId": "sg-1",
                "ipProtocol": "6",
                "fromPort": 20,
                "toPort": 25,
                "cidrIpv6": "0:0:0:0:0:0:0:0/0",
                "description": "Files",
            },
        ),
    ),
    _attack(
        "SSH-CFG",
        "ssh_in_two_halves",
        "Half of the Internet each is all of it.",
        "sg-no-public-admin-ports",
        Item(
            type="aws:ec2/securityGroup:SecurityGroup",
            props={
                "description": "Shell",
                "ingress": [
                    {
                        "protocol": "tcp",
                        "fromPort": 22,
                        "toPort": 22,
                        "cidrBlocks": ["0.0.0.0/1", "128.0.0.0/1"],
                        "description": "Shell",
                    }
                ],
            },
        ),
    ),
    _attack(
        "VPN-MFA",
        "second_door_of_the_bastion",
        "A rule beside the group opens SSH to the bastion.",
        "bastion-ingress-only-vpn-port",
        Item(
            type="aws:ec2/securityGroup:SecurityGroup",
            name="bastion",
            props={"id": "sg-1", "description": "VPN", "tags": {"palisade:role": "vpn-bastion"}, "ingress": []},
        ),
        Item(
            type="aws:ec2/securityGroupRule:SecurityGroupRule",
            name="shell",
            props={
                "type": "ingress",
                "securityGroupId": "sg-1",
                "protocol": "tcp",
                "fromPort": 22,
                "toPort": 22,
                "cidrBlocks": ["10.0.0.0/8"],
            },
        ),
    ),
    _attack(
        "INH-4",
        "database_on_the_internet",
        "The database answers everybody.",
        "rds-private-encrypted",
        Item(type="aws:rds/instance:Instance", props={"storageEncrypted": True, "publiclyAccessible": "true"}),
    ),
    _attack(
        "INH-4",
        "images_that_change",
        "A tag that was reviewed points to something else tomorrow.",
        "ecr-immutable-scanned",
        Item(
            type="aws:ecr/repository:Repository",
            props={"imageTagMutability": "MUTABLE", "imageScanningConfiguration": {"scanOnPush": True}},
        ),
    ),
)
