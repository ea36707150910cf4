"""Attacks by services of AWS whose types once counted as harmless."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import Item
from policies.rules.account import log_buckets_cases as logs
from policies.rules.iam import issuers_cases as issuers
from policies.rules.tls import databases_cases as databases
from policies.rules.workloads import storage_classes_cases as storage
from tests.adversary.attack import Attack

OTHERS: Final = "oidc.eks.eu-central-1.amazonaws.com/id/FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
THEIRS: Final = "210987654321"
ANYBODYS: Final = "login.example.org"


def _attack(name: str, requirement: str, why: str, blocked_by: str, *items: Item) -> Attack:
    return Attack(name=name, requirement=requirement, why=why, items=items, blocked_by=blocked_by)


def _distribution(**origin: Any) -> Item:
    props = {
        "viewerCertificate": {"minimumProtocolVersion": "TLSv1.2_2021"},
        "defaultCacheBehavior": {"viewerProtocolPolicy": "https-only"},
        "origins": [{"domainName": "app.example.org", "customOriginConfig": origin}],
    }
    return Item(type="aws:cloudfront/distribution:Distribution", props=props)


def _handed(name: str, why: str, type_: str, **props: Any) -> Attack:
    return _attack(name, "INH-4", why, "no-foreign-account", Item(type=type_, props=props))


ATTACKS: Final = (
    _handed(
        "events_for_another_account",
        "Every event of the account goes to the attacker's bus.",
        "aws:cloudwatch/eventTarget:EventTarget",
        arn=f"arn:aws:events:eu-central-1:{THEIRS}:event-bus/all",
        roleArn="arn:aws:iam::123456789012:role/events",
    ),
    _handed(
        "backup_for_another_account",
        "A copy of every backup is in the attacker's vault.",
        "aws:backup/plan:Plan",
        rules=[{"copyActions": [{"destinationVaultArn": f"arn:aws:backup:eu-central-1:{THEIRS}:backup-vault:all"}]}],
    ),
    _handed(
        "snapshot_for_another_account",
        "The attacker restores the database.",
        "aws:rds/snapshot:Snapshot",
        sharedAccounts=[THEIRS],
    ),
    _handed(
        "image_for_another_account",
        "The attacker mounts the machine's disk.",
        "aws:ec2/amiLaunchPermission:AmiLaunchPermission",
        accountId=THEIRS,
    ),
    _handed(
        "function_for_another_account",
        "The attacker calls the function, with its role's rights.",
        "aws:lambda/permission:Permission",
        principal=THEIRS,
        function="web",
    ),
    _handed(
        "document_for_another_account",
        "The attacker reads what is run on machines.",
        "aws:ssm/document:Document",
        documentType="Command",
        content="{}",
        permissions={"type": "Share", "account_ids": THEIRS},
    ),
    _handed(
        "inventory_for_another_account",
        "The attacker's aggregator reads every resource's configuration.",
        "aws:cfg/aggregateAuthorization:AggregateAuthorization",
        accountId=THEIRS,
    ),
    _handed(
        "alarms_for_another_account",
        "Alarms go to the attacker's queue.",
        "aws:sns/topicSubscription:TopicSubscription",
        topic="arn:aws:sns:eu-central-1:123456789012:alarms",
        protocol="sqs",
        endpoint=f"arn:aws:sqs:eu-central-1:{THEIRS}:all",
    ),
    _handed(
        "pods_with_a_foreign_role",
        "What the pods write with the role is the attacker's.",
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        serviceAccount="web",
        roleArn="arn:aws:iam::123456789012:role/web",
        targetRoleArn=f"arn:aws:iam::{THEIRS}:role/web",
    ),
    _attack(
        "objects_shown_outside",
        "INH-4",
        "Every object of the kind is sent to the attacker to be converted.",
        "cluster-guard-rails-kept",
        Item(
            type="kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
            props={
                "metadata": {"name": "webs.example.org"},
                "spec": {"conversion": {"webhook": {"clientConfig": {"url": "https://login.example.org"}}}},
            },
        ),
    ),
    _attack(
        "issuer_of_the_attacker",
        "AWS-MFA",
        "Who runs the issuer writes any subject into a token.",
        "iam-oidc-issuer-allowlist",
        issuers.provider(f"https://{ANYBODYS}"),
        issuers.role(ANYBODYS),
    ),
    _attack(
        "role_for_an_issuer_that_is_there",
        "AWS-MFA",
        "The provider was made by hand; the condition on the subject proves nothing.",
        "iam-oidc-issuer-allowlist",
        issuers.role(ANYBODYS),
    ),
    _attack(
        "sign_in_of_the_attacker",
        "AWS-MFA",
        "The metadata of an identity provider names the attacker's own.",
        "iam-oidc-issuer-allowlist",
        Item(
            type="aws:iam/samlProvider:SamlProvider",
            props={"samlMetadataDocument": f'<EntityDescriptor entityID="https://{ANYBODYS}"/>'},
        ),
    ),
    _attack(
        "cluster_of_the_attacker",
        "AWS-MFA",
        "A cluster of another account signs tokens for a service account of the same name.",
        "iam-oidc-own-cluster",
        issuers.provider(f"https://{OTHERS}"),
    ),
    _attack(
        "role_for_every_pod",
        "INH-4",
        "Pods that name no service account get the role.",
        "pod-role-own-account",
        issuers.association("default"),
    ),
    _attack(
        "role_for_every_account_of_a_namespace",
        "INH-4",
        "Who may make a service account in the namespace takes the role.",
        "pod-role-own-account",
        issuers.role(OTHERS, "system:serviceaccount:shop:*", "StringLike"),
    ),
    _attack(
        "trail_that_is_swept",
        "AWS-TRAIL",
        "The recordings are gone the next day.",
        "log-bucket-keeps-logs",
        logs.bucket(),
        Item(type="aws:cloudtrail/trail:Trail", name="trail", props={"s3BucketName": "logs"}),
        logs.lifecycle({"days": 1}),
    ),
    _attack(
        "trail_that_is_swept_from_another_stack",
        "AWS-TRAIL",
        "The bucket is named, and its recordings are gone the next day.",
        "log-bucket-keeps-logs",
        logs.lifecycle({"days": 1}),
    ),
    _attack(
        "origin_in_plain_text",
        "TLS-CFG",
        "CloudFront fetches over the Internet without TLS.",
        "edge-tls-modern",
        _distribution(originProtocolPolicy="http-only", originSslProtocols=["TLSv1.2"]),
    ),
    _attack(
        "database_without_tls",
        "TLS-CFG",
        "Passwords and rows cross the network in plain text.",
        "database-tls-required",
        databases.group("postgres16", ("rds.force_ssl", "0")),
    ),
    _attack(
        "database_without_tls_by_default",
        "TLS-CFG",
        "AWS's own parameter group of MySQL takes plain text.",
        "database-tls-required",
        databases.database("mysql", "8.4.3"),
    ),
    _attack(
        "cluster_of_databases_without_tls",
        "TLS-CFG",
        "MySQL calls the switch by another name.",
        "database-tls-required",
        databases.group("aurora-mysql8.0", ("require_secure_transport", "OFF"), type_=databases.CLUSTER_GROUP),
    ),
    _handed(
        "logs_for_another_account",
        "Every line of the audit log goes to a destination of the attacker.",
        "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
        logGroup="/aws/eks/palisade/cluster",
        filterPattern="",
        destinationArn=f"arn:aws:logs:eu-central-1:{THEIRS}:destination:mine",
    ),
    _attack(
        "destination_for_logs",
        "INH-4",
        "A destination is there to take logs of other accounts, or to hand ours on.",
        "resource-type-allowlist",
        Item(
            type="aws:cloudwatch/logDestination:LogDestination",
            props={"name": "d", "roleArn": "arn:aws:iam::123456789012:role/x", "targetArn": "arn:aws:kinesis:x"},
        ),
    ),
    _attack(
        "alarms_in_plain_text",
        "TLS-CFG",
        "Alarms cross the Internet without TLS, and with them the link that confirms.",
        "edge-tls-modern",
        Item(
            type="aws:sns/topicSubscription:TopicSubscription",
            props={"topic": "arn:t", "protocol": "http", "endpoint": "http://example.org/alarms"},
        ),
    ),
    _attack(
        "disk_in_plain_text_by_a_claim",
        "INH-4",
        "EKS's own class encrypts nothing.",
        "storage-class-encrypted",
        Item(type=storage.CLAIM, props={"metadata": {"name": "data"}, "spec": {"storageClassName": "gp2"}}),
    ),
    _attack(
        "disk_in_plain_text_by_a_stateful_set",
        "INH-4",
        "The claim is in a template of the StatefulSet, not an object of its own.",
        "storage-class-encrypted",
        storage.of_a_stateful_set({"metadata": {"name": "data"}, "spec": {"storageClassName": "gp2"}}),
    ),
)
