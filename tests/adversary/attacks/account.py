"""Attacks on what is recorded, where, and on names and buckets of the account."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.kernel.cases import Item
from tests.adversary.attack import Attack

KEY: Final = "arn:aws:kms:eu-central-1:123456789012:key/0f2c"
TRAIL: Final[dict[str, Any]] = {
    "s3BucketName": "trail",
    "isMultiRegionTrail": True,
    "enableLogFileValidation": True,
    "includeGlobalServiceEvents": True,
    "kmsKeyId": KEY,
}
UNSEEN: Final = "cloudtrail-multiregion-validated-encrypted"
DANGLING: Final = "route53-dangling"


def _attack(requirement: str, name: str, why: str, item: Item, blocked_by: str) -> Attack:
    return Attack(name=name, requirement=requirement, why=why, items=(item,), blocked_by=blocked_by)


def _trail(name: str, why: str, **changes: Any) -> Attack:
    return _attack("AWS-TRAIL", name, why, Item(type="aws:cloudtrail/trail:Trail", props={**TRAIL, **changes}), UNSEEN)


def _bucket(name: str, why: str, statement: dict[str, Any], blocked_by: str = "s3-no-star-principal") -> Attack:
    said = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::web/*", **statement}
    props = {"bucket": "web", "policy": json.dumps({"Version": "2012-10-17", "Statement": [said]})}
    return _attack("AWS-S3", name, why, Item(type="aws:s3/bucketPolicy:BucketPolicy", props=props), blocked_by)


ATTACKS: Final = (
    _trail("trail_of_one_region", "Calls in all other regions are recorded nowhere.", isMultiRegionTrail=False),
    _trail("trail_that_is_stopped", "It is there, and records nothing.", enableLogging="false"),
    _trail(
        "trail_of_changes_only",
        "What is read, such as secrets, is not recorded.",
        eventSelectors=[{"readWriteType": "WriteOnly", "includeManagementEvents": True}],
    ),
    _trail(
        "trail_of_objects_only",
        "Calls of management are not recorded.",
        advancedEventSelectors=[
            {
                "fieldSelectors": [
                    {"field": "eventCategory", "equals": ["Data"]},
                    {"field": "resources.type", "equals": ["AWS::S3::Object"]},
                ]
            }
        ],
    ),
    _trail("trail_that_can_be_changed", "Nobody sees that lines were taken out.", enableLogFileValidation=False),
    _trail("trail_without_a_key", "Who may read the bucket reads the trail.", kmsKeyId=""),
    _attack(
        "AWS-TRAIL",
        "machine_in_a_region_that_nobody_watches",
        "Detection is on in the regions in use only.",
        Item(type="aws:ec2/vpc:Vpc", props={"cidrBlock": "10.0.0.0/16", "region": "me-south-1"}),
        "region-allowlist",
    ),
    _attack(
        "AWS-TRAIL",
        "provider_of_another_region",
        "Everything that it makes is in a region that nobody watches.",
        Item(type="pulumi:providers:aws", props={"region": "ap-east-1"}),
        "region-allowlist",
    ),
    _attack(
        "INH-1",
        "logs_of_one_day",
        "Who finds the intrusion on Monday finds no logs of Saturday.",
        Item(
            type="aws:cloudwatch/logGroup:LogGroup",
            props={"name": "/aws/eks/palisade/cluster", "retentionInDays": 1, "kmsKeyId": KEY},
        ),
        "log-group-retention-and-key",
    ),
    _attack(
        "INH-1",
        "cluster_without_audit_log",
        "Nobody can tell afterwards who did what in the cluster.",
        Item(
            type="aws:eks/cluster:Cluster",
            props={
                "name": "palisade",
                "enabledClusterLogTypes": ["api", "authenticator", "controllerManager", "scheduler"],
            },
        ),
        "all-control-plane-logs",
    ),
    _attack(
        "AWS-DNS",
        "name_of_a_bucket_that_is_free",
        "Anybody can create the bucket and serve under our name.",
        Item(
            type="aws:route53/record:Record",
            props={
                "zoneId": "Z1",
                "name": "www",
                "type": "CNAME",
                "records": ["gone.s3-website.eu-central-1.amazonaws.com"],
            },
        ),
        DANGLING,
    ),
    _attack(
        "AWS-DNS",
        "mail_to_a_domain_that_is_free",
        "Anybody can register the domain and receive our mail, and certificates with it.",
        Item(
            type="aws:route53/record:Record",
            props={"zoneId": "Z1", "name": "", "type": "MX", "records": ["10 mail.gone.example.net"]},
        ),
        DANGLING,
    ),
    _attack(
        "AWS-DNS",
        "address_that_was_released",
        "The next customer with the address serves under our name.",
        Item(
            type="aws:route53/record:Record",
            props={"zoneId": "Z1", "name": "www", "type": "A", "records": ["203.0.113.7"]},
        ),
        DANGLING,
    ),
    _attack(
        "AWS-DNS",
        "names_in_a_list",
        "The list of all records of the zone hides one.",
        Item(
            type="aws:route53/recordsExclusive:RecordsExclusive",
            props={
                "zoneId": "Z1",
                "resourceRecordSets": [
                    {"name": "www", "type": "CNAME", "resourceRecords": [{"value": "gone.example.net"}]}
                ],
            },
        ),
        DANGLING,
    ),
    _bucket("bucket_for_everybody", "Everybody reads the objects.", {"Principal": {"AWS": ["*"]}}),
    _bucket(
        "bucket_for_a_referer",
        "The header is the caller's to write.",
        {"Principal": "*", "Condition": {"StringLike": {"aws:Referer": "https://example.org/*"}}},
    ),
    _bucket("bucket_for_all_but_one", "Everybody else reads it.", {"NotPrincipal": {"AWS": "arn:aws:iam::1:user/x"}}),
    _attack(
        "AWS-S3",
        "bucket_by_an_old_list",
        "The list of the bucket lets everybody read, without any policy.",
        Item(
            type="aws:s3/bucketAcl:BucketAcl",
            props={
                "bucket": "web",
                "accessControlPolicy": {
                    "owner": {"id": "1"},
                    "grants": [
                        {
                            "permission": "READ",
                            "grantee": {"type": "Group", "uri": "http://acs.amazonaws.com/groups/global/AllUsers"},
                        }
                    ],
                },
            },
        ),
        "s3-no-public-acl",
    ),
    _attack(
        "AWS-S3",
        "object_for_everybody",
        "One object is public, whatever the bucket says.",
        Item(
            type="aws:s3/bucketObjectv2:BucketObjectv2",
            props={"bucket": "web", "key": "backup.sql", "acl": "public-read"},
        ),
        "s3-no-public-acl",
    ),
    _attack(
        "AWS-S3",
        "account_without_its_block",
        "The next public policy counts.",
        Item(
            type="aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
            props={
                "blockPublicAcls": True,
                "blockPublicPolicy": False,
                "ignorePublicAcls": True,
                "restrictPublicBuckets": True,
            },
        ),
        "s3-public-access-block",
    ),
    _attack(
        "AWS-S3",
        "bucket_without_a_block",
        "Nothing keeps a later policy from being public.",
        Item(type="aws:s3/bucket:Bucket", props={"bucket": "web", "id": "web"}),
        "s3-bucket-has-access-block",
    ),
)
