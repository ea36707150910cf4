"""The account: second factors, the trail, what is found and who hears it (AWS-MFA, AWS-TRAIL, INH-3)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from components.account import Account, AccountArgs, own_users, user_without_mfa
from components.account.detection import GUARDDUTY_FINDING, SHARED_WITH_OUTSIDE
from components.account.mfa import OWN_USER, WITHOUT_MFA, mfa_policy
from components.faults import ArgumentError
from components.settings.account import AccountSettings
from sandbox.providers.mocks import Run
from tests.support.program.recorded import CONTEXT, TAGS, record

TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms"
FEATURE = "guardduty/detectorFeature:DetectorFeature"
RULE = "cloudwatch/eventRule:EventRule"


def account(*, use: Any = lambda made: None, **changes: Any) -> Run:
    arguments = {"context": CONTEXT, "tags": TAGS, "topic_arn": TOPIC, **changes}
    return record(lambda: use(Account("acc", AccountArgs(**arguments))))


@pytest.fixture(scope="module")
def graph() -> Run:
    return account()


def policy_of(graph: Run, type_: str, name: str) -> list[dict[str, Any]]:
    return json.loads(graph.named(name, type_).inputs["policy"])["Statement"]


class TestSecondFactors:
    def test_without_one_only_what_enrolling_one_takes_is_not_denied(self) -> None:
        (deny,) = [each for each in mfa_policy(CONTEXT)["Statement"] if each["Effect"] == "Deny"]
        assert deny["Resource"] == "*"
        assert deny["Condition"] == {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
        taking_away = ("iam:DeactivateMFADevice", "iam:DeleteVirtualMFADevice", "sts:AssumeRole", "iam:CreateAccessKey")
        assert not set(taking_away) & set(deny["NotAction"])
        assert not [action for action in deny["NotAction"] if "*" in action]

    def test_enrolment_is_allowed_and_for_oneself_only(self) -> None:
        allowed = {}
        for each in mfa_policy(CONTEXT)["Statement"]:
            if each["Effect"] == "Allow":
                named = each["Action"] if isinstance(each["Action"], list) else [each["Action"]]
                allowed |= dict.fromkeys(named, each["Resource"])
        # GetSessionToken needs no permission: it is enough that nothing denies it.
        assert {*allowed, "sts:GetSessionToken"} == set(WITHOUT_MFA)
        assert all("${aws:username}" in arn for action in OWN_USER for arn in allowed[action])
        # The console asks for the device's name, which need not be the user's.
        assert allowed["iam:CreateVirtualMFADevice"].endswith(":mfa/*")

    def test_users_of_the_list_are_in_the_group_and_roles_and_strangers_are_not(self) -> None:
        principals = [
            "arn:aws:iam::123456789012:user/ada",
            "arn:aws:iam::123456789012:user/team/grace",
            "arn:aws:iam::123456789012:role/lin",
            "arn:aws:iam::999999999999:user/eve",
        ]
        users = own_users(principals, CONTEXT)
        assert users == ["ada", "grace"]
        members = account(users=users).of("iam/userGroupMembership:UserGroupMembership")
        assert {one.inputs["user"] for one in members} == {"ada", "grace"}
        assert all(one.inputs["groups"] == ["acc-people"] for one in members)

    def test_passwords_are_long(self, graph: Run) -> None:
        rules = graph.named("acc-passwords", "iam/accountPasswordPolicy:AccountPasswordPolicy").inputs
        assert rules["minimumPasswordLength"] >= 14
        assert rules["passwordReusePrevention"] == 24


class TestDefaults:
    def test_what_is_made_without_saying_otherwise_is_encrypted_private_and_asks_for_tokens(self, graph: Run) -> None:
        assert graph.named("acc-ebs-encryption", "EncryptionByDefault").inputs["enabled"] is True
        block = graph.named("acc-s3-public-access", "s3/accountPublicAccessBlock:AccountPublicAccessBlock").inputs
        assert set(block.values()) == {True}
        metadata = graph.named("acc-metadata", "ec2/instanceMetadataDefaults:InstanceMetadataDefaults").inputs
        assert metadata == {"httpTokens": "required", "httpPutResponseHopLimit": 1}

    def test_nothing_can_be_shared_with_everybody(self, graph: Run) -> None:
        snapshots = graph.named("acc-snapshots", "ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess").inputs
        images = graph.named("acc-images", "ec2/imageBlockPublicAccess:ImageBlockPublicAccess").inputs
        assert (snapshots["state"], images["state"]) == ("block-all-sharing", "block-new-sharing")
        documents = graph.named("acc-documents", "ssm/serviceSetting:ServiceSetting").inputs
        assert documents["settingValue"] == "Disable"
        setting = "servicesetting/ssm/documents/console/public-sharing-permission"
        assert documents["settingId"] == f"arn:aws:ssm:eu-central-1:123456789012:{setting}"
        console = graph.named("acc-serial-console", "ec2/serialConsoleAccess:SerialConsoleAccess").inputs
        assert console == {"enabled": False}


class TestDeployer:
    """Requests signed with an access key carry no second factor, so its owner must not become a member meanwhile."""

    MEMBERSHIP = "iam/userGroupMembership:UserGroupMembership"

    @pytest.mark.parametrize(
        ("caller", "has_mfa", "user"),
        [
            ("arn:aws:iam::123456789012:user/ada", False, "ada"),
            ("arn:aws:iam::123456789012:user/people/ada", False, "ada"),
            ("arn:aws:iam::123456789012:user/ada", True, None),
            ("arn:aws:sts::123456789012:assumed-role/deploy/ada", False, None),
            ("arn:aws:iam::123456789012:root", False, None),
        ],
    )
    def test_an_iam_user_is_known_by_the_caller_identity(self, caller: str, has_mfa: bool, user: str | None) -> None:
        assert user_without_mfa(caller, has_mfa=has_mfa) == user

    def test_the_membership_of_the_one_who_deploys_is_refused_and_nobody_else_s(self) -> None:
        graph = account(users=["ada", "grace"], locked_out_user="ada")
        hooks = {name: one.hooks for name, one in graph.by_name(self.MEMBERSHIP).items()}
        assert hooks == {"acc-require-mfa-ada": ("acc-require-mfa-ada",), "acc-require-mfa-grace": ()}


class TestTrail:
    def test_it_takes_every_region_proves_its_files_and_is_encrypted(self, graph: Run) -> None:
        trail = graph.named("acc-trail", "cloudtrail/trail:Trail").inputs
        assert trail["isMultiRegionTrail"] is True
        assert trail["includeGlobalServiceEvents"] is True
        assert trail["enableLogFileValidation"] is True
        assert trail["kmsKeyId"] == "arn:aws:mock:::acc-trail-key-key"

    def test_the_key_lets_the_trail_encrypt_and_look_at_it_which_has_no_context(self, graph: Run) -> None:
        of_trail = [
            each
            for each in policy_of(graph, "kms/key:Key", "acc-trail-key-key")
            if each["Principal"].get("Service") == "cloudtrail.amazonaws.com"
        ]
        conditions = {action: each["Condition"] for each in of_trail for action in each["Action"]}
        assert "StringLike" in conditions["kms:GenerateDataKey*"]
        assert conditions["kms:DescribeKey"].keys() == {"StringEquals"}
        assert all(each["StringEquals"]["aws:SourceArn"].endswith(":trail/acc-trail") for each in conditions.values())

    def test_it_may_write_to_its_log_group_before_it_tries(self, graph: Run) -> None:
        policy = graph.named("acc-trail-role", "iam/rolePolicy:RolePolicy")
        (statement,) = json.loads(policy.inputs["policy"])["Statement"]
        assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
        assert statement["Resource"].endswith(":log-stream:*")
        assert graph.waits(graph.named("acc-trail", "cloudtrail/trail:Trail"), policy)

    @pytest.mark.parametrize("protect", [True, False])
    def test_its_bucket_is_locked_and_outlives_the_stack_with_its_settings_and_its_key(self, protect: bool) -> None:
        """CloudTrail fills the bucket within minutes; without its key nobody could read what is locked in it."""
        graph = account(protect=protect)
        bucket = graph.named("acc-trail-bucket", "s3/bucket:Bucket")
        assert (bucket.inputs["objectLockEnabled"], bucket.inputs["forceDestroy"]) == (True, False)
        lock = graph.named("acc-trail-lock", "s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration").inputs
        assert lock["rule"]["defaultRetention"] == {"mode": "GOVERNANCE", "days": 90}
        parts = [one for one in graph.resources if one.type.startswith("aws:s3/bucket")]
        assert len(parts) == 8
        assert all(one.request.retainOnDelete for one in parts)
        assert graph.named("acc-trail-key-key", "kms/key:Key").request.retainOnDelete
        # The next stack's key takes the alias.
        assert not graph.named("acc-trail-key-alias", "kms/alias:Alias").request.retainOnDelete
        assert {one.protect for one in (bucket, graph.named("acc-trail-key-key", "kms/key:Key"))} == {protect}

    def test_what_outlives_the_stack_is_told(self) -> None:
        told: list[dict[str, str]] = []
        account(use=lambda made: made.retained.apply(told.append) and None)
        bucket, key = "acc-trail-123456789012-eu-central-1", "arn:aws:mock:::acc-trail-key-key"
        assert told == [{"trailBucket": bucket, "trailKeyArn": key}]

    def test_a_bucket_that_an_earlier_stack_retained_is_not_created_again(self) -> None:
        there = account(trail_bucket_exists=True)
        assert there.named("acc-trail-bucket", "s3/bucket:Bucket").hooks == ("acc-trail-refused",)
        assert account().named("acc-trail-bucket", "s3/bucket:Bucket").hooks == ()
        taken_over = account(trail_bucket_exists=True, trail_bucket="acc-trail-123456789012-eu-central-1")
        assert not [one for one in taken_over.resources if one.hooks]
        assert taken_over.named("acc-trail-key-key", "kms/key:Key").request.retainOnDelete

    def test_a_bucket_of_another_account_is_used_and_its_policy_handed_out(self) -> None:
        policies: list[str] = []
        graph = account(
            trail_bucket="org-trail", use=lambda made: made.trail_bucket_policy.apply(policies.append) and None
        )
        assert graph.named("acc-trail", "cloudtrail/trail:Trail").inputs["s3BucketName"] == "org-trail"
        assert not graph.by_name("s3/bucket:Bucket")
        deny, look, write = json.loads(policies[0])["Statement"]
        assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
        assert (look["Action"], look["Resource"]) == ("s3:GetBucketAcl", "arn:aws:s3:::org-trail")
        assert write["Resource"] == "arn:aws:s3:::org-trail/AWSLogs/123456789012/*"
        this_trail = "arn:aws:cloudtrail:eu-central-1:123456789012:trail/acc-trail"
        assert all(each["Condition"]["StringEquals"]["aws:SourceArn"] == this_trail for each in (look, write))

    def test_it_records_calls_and_the_reads_and_writes_of_named_buckets(self) -> None:
        trail = account(data_event_buckets=["pulumi-state-*", "acc-slugs"]).named("acc-trail", "cloudtrail/trail:Trail")
        management, data = trail.inputs["advancedEventSelectors"]
        assert management["fieldSelectors"] == [{"field": "eventCategory", "equals": ["Management"]}]
        assert {each["field"]: each.get("equals") or each["startsWiths"] for each in data["fieldSelectors"]} == {
            "eventCategory": ["Data"],
            "resources.type": ["AWS::S3::Object"],
            "resources.ARN": ["arn:aws:s3:::pulumi-state-", "arn:aws:s3:::acc-slugs/"],
        }
        only_calls = account(data_event_buckets=[]).named("acc-trail", "cloudtrail/trail:Trail")
        assert only_calls.inputs["advancedEventSelectors"] == [management]
        for pattern in ("*", "ab*", "Slugs", "a*b"):
            with pytest.raises(ArgumentError, match="data_event_buckets"):
                account(data_event_buckets=[pattern])

    def test_its_silence_is_an_alarm(self, graph: Run) -> None:
        alarm = graph.named("acc-trail-silent-alarm", "cloudwatch/metricAlarm:MetricAlarm").inputs
        assert (alarm["namespace"], alarm["metricName"]) == ("AWS/Logs", "IncomingLogEvents")
        assert alarm["dimensions"] == {"LogGroupName": "/palisade/acc-trail"}
        assert (alarm["treatMissingData"], alarm["comparisonOperator"]) == ("breaching", "LessThanThreshold")
        assert alarm["alarmActions"] == [TOPIC]


def test_settings_of_the_whole_account_stay_on_when_the_stack_goes(graph: Run) -> None:
    """AWS would turn them off, also where they were on before the stack."""
    kept = {
        one.type
        for one in graph.resources
        if one.request.retainOnDelete and not one.type.startswith(("aws:s3/bucket", "aws:kms"))
    }
    assert kept == {
        "aws:ebs/encryptionByDefault:EncryptionByDefault",
        "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess",
        "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess",
        "aws:ec2/serialConsoleAccess:SerialConsoleAccess",
        "aws:ssm/serviceSetting:ServiceSetting",
        "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults",
        "aws:iam/accountPasswordPolicy:AccountPasswordPolicy",
        "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
    }


class TestDetection:
    def test_the_detector_watches_clusters_and_what_runs_on_their_nodes(self, graph: Run) -> None:
        features = {one.inputs["name"]: one.inputs for one in graph.of(FEATURE)}
        assert features.keys() == {
            "EKS_AUDIT_LOGS", "RUNTIME_MONITORING", "S3_DATA_EVENTS", "RDS_LOGIN_EVENTS", "EBS_MALWARE_PROTECTION",
        }  # fmt: skip
        assert all(one["status"] == "ENABLED" for one in features.values())
        told = features["RUNTIME_MONITORING"]["additionalConfigurations"]
        # AWS tells of all three, and the provider replaces the feature for one that is not named.
        assert {each["name"]: each["status"] for each in told} == {
            "EC2_AGENT_MANAGEMENT": "DISABLED",
            "ECS_FARGATE_AGENT_MANAGEMENT": "DISABLED",
            "EKS_ADDON_MANAGEMENT": "ENABLED",
        }

    def test_features_are_a_choice_and_one_that_aws_does_not_have_is_refused(self) -> None:
        chosen = account(guardduty_features=["LAMBDA_NETWORK_LOGS"]).by_name(FEATURE)
        assert [one.inputs["name"] for one in chosen.values()] == ["LAMBDA_NETWORK_LOGS"]
        with pytest.raises(ArgumentError, match="guardduty_features: MALWARE is not allowed"):
            account(guardduty_features=["MALWARE"])

    def test_an_analyzer_that_is_there_is_not_made_again(self, graph: Run) -> None:
        kind = "accessanalyzer/analyzer:Analyzer"
        assert graph.named("acc-analyzer", kind).inputs["type"] == "ACCOUNT"
        without = account(access_analyzer="existing")
        assert not without.by_name(kind)
        assert without.named("acc-shared-with-outside", RULE)

    def test_the_organisation_s_detector_is_left_alone_and_heard(self) -> None:
        """AWS refuses every change that a member account makes of it."""
        member = account(guardduty="organization")
        assert not [one.name for one in member.resources if "guardduty" in one.type]
        assert set(member.by_name(RULE)) == {
            "acc-guardduty-finding",
            "acc-shared-with-outside",
            "acc-detection-changed",
        }

    def test_without_guardduty_nothing_of_it_is_made(self) -> None:
        without = account(guardduty="off")
        assert not without.by_name("guardduty/detector:Detector")
        assert not without.by_name(FEATURE)
        assert set(without.by_name(RULE)) == {"acc-shared-with-outside", "acc-detection-changed"}

    @pytest.mark.parametrize(
        ("finding", "source", "kind", "detail", "told"),
        [
            ("guardduty-finding", "aws.guardduty", "GuardDuty Finding", {"severity": 8}, True),
            ("guardduty-finding", "aws.guardduty", "GuardDuty Finding", {"severity": 2}, False),
            ("guardduty-finding", "aws.ec2", "GuardDuty Finding", {"severity": 8}, False),
            ("shared-with-outside", "aws.access-analyzer", "Access Analyzer Finding", {"status": "ACTIVE"}, True),
            ("shared-with-outside", "aws.access-analyzer", "Access Analyzer Finding", {"status": "RESOLVED"}, False),
        ],
    )
    def test_somebody_is_told_of_what_matters(
        self, finding: str, source: str, kind: str, detail: dict[str, Any], told: bool
    ) -> None:
        event: Any = {
            "version": "0",
            "account": "123456789012",
            "region": "eu-central-1",
            "source": source,
            "detail-type": kind,
            "resources": [],
            "detail": {"schemaVersion": "2.0", **detail},
        }
        pattern = {each.name: each.pattern for each in (GUARDDUTY_FINDING, SHARED_WITH_OUTSIDE)}[finding]
        assert EventPattern.load(json.dumps(pattern)).matches_event(event) is told

    def test_findings_go_to_the_topic(self, graph: Run) -> None:
        targets = graph.by_name("cloudwatch/eventTarget:EventTarget")
        assert {one.inputs["arn"] for one in targets.values()} == {TOPIC}
        rules = {"acc-guardduty-finding", "acc-shared-with-outside", "acc-detection-changed"}
        assert set(targets) == set(graph.by_name(RULE)) == rules


def test_the_settings_defaults_are_the_component_s() -> None:
    settings, args = AccountSettings(), AccountArgs(context=CONTEXT, tags=TAGS, topic_arn=TOPIC)
    assert (settings.guardduty, settings.access_analyzer) == (args.guardduty, args.access_analyzer)
    assert settings.trail_bucket == args.trail_bucket
