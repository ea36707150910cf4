"""Attacks by resource policies and shares that everybody may use, though they look tied."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.kernel.cases import Item
from tests.adversary.attack import Attack

SHARING: Final = "no-public-sharing"


def _policy(principal: Any, condition: Any = None) -> str:
    said = {"Effect": "Allow", "Principal": principal, "Action": "*", "Resource": "*"}
    return json.dumps({"Statement": [{**said, **({"Condition": condition} if condition else {})}]})


def _attack(
    name: str, why: str, type_: str, props: dict[str, Any], *, blocked_by: str = SHARING, requirement: str = "INH-4"
) -> Attack:
    return Attack(
        name=name, requirement=requirement, why=why, items=(Item(type=type_, props=props),), blocked_by=blocked_by
    )


def _tied(name: str, why: str, condition: Any) -> Attack:
    return _attack(name, why, "aws:sqs/queuePolicy:QueuePolicy", {"policy": _policy("*", condition)})


ATTACKS: Final = (
    _tied("every_organisation", "Any organisation's ID matches.", {"StringLike": {"aws:PrincipalOrgID": "o-*"}}),
    _tied(
        "anonymous_without_organisation",
        "ForAllValues is true where the key is missing, as for anonymous callers.",
        {"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-abcde12345/r-1/"}},
    ),
    _tied(
        "only_if_an_account_is_sent",
        "Who sends no account is let in.",
        {"StringEqualsIfExists": {"aws:SourceAccount": "123456789012"}},
    ),
    _tied("every_topic", "A topic of any account may send.", {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}),
    _tied(
        "account_by_its_end",
        "A hundred other accounts end so, too.",
        {"StringLike": {"aws:PrincipalAccount": "??3456789012"}},
    ),
    _tied(
        "the_caller_s_own_account",
        "The variable is whatever account calls.",
        {"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}},
    ),
    _tied("every_address", "The whole Internet.", {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}),
    _attack(
        "logs_of_the_account",
        "Everybody writes into the log groups.",
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        {"policyName": "all", "policyDocument": _policy("*")},
    ),
    _attack(
        "files_for_everybody",
        "Everybody mounts the file system.",
        "aws:efs/fileSystemPolicy:FileSystemPolicy",
        {"fileSystemId": "fs-1", "policy": _policy({"AWS": "*"})},
    ),
    _attack(
        "search_domain",
        "Everybody reads the index.",
        "aws:opensearch/domainPolicy:DomainPolicy",
        {"domainName": "logs", "accessPolicies": _policy({"AWS": ["*"]})},
    ),
    _attack(
        "packages_of_everybody",
        "Everybody publishes packages that builds then install.",
        "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy",
        {"domain": "d", "repository": "r", "policyDocument": _policy("*")},
    ),
    _attack(
        "backup_vault",
        "Everybody copies the backups.",
        "aws:backup/vaultPolicy:VaultPolicy",
        {"backupVaultName": "v", "policy": _policy("*")},
    ),
    _attack(
        "document_for_everybody",
        "Everybody reads the commands, and what is in them.",
        "aws:ssm/document:Document",
        {"name": "d", "content": "{}", "documentType": "Command", "permissions": {"account_ids": "All"}},
    ),
    _attack(
        "share_outside",
        "Subnets are shared outside the organisation.",
        "aws:ram/resourceShare:ResourceShare",
        {"name": "subnets", "allowExternalPrincipals": "true"},
    ),
    _attack(
        "endpoint_service_for_everybody",
        "Every account connects to the service.",
        "aws:ec2/vpcEndpointService:VpcEndpointService",
        {"acceptanceRequired": False, "allowedPrincipals": ["*"]},
    ),
    _attack(
        "key_for_everybody_through_a_service",
        "Every account decrypts through S3.",
        "aws:kms/keyPolicy:KeyPolicy",
        {"keyId": "k", "policy": _policy("*", {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}})},
        blocked_by="kms-no-star-principal",
    ),
    _attack(
        "access_point_of_a_file_system",
        "Everybody reads the files through an access point.",
        "aws:fsx/s3AccessPointAttachment:S3AccessPointAttachment",
        {"name": "files", "s3AccessPoint": {"policy": _policy("*")}},
        blocked_by="s3-no-star-principal",
        requirement="AWS-S3",
    ),
)
