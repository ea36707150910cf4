"""Alarms on the account's trail: filter patterns over CloudTrail records (INH-3).

They cover the monitoring section of the CIS AWS Foundations Benchmark (4.1 to 4.15 in v3 to v5), and more. Event names
keep the benchmark's spelling and order, because scanners search the text of a filter for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from components.alarms import EventAlarm, LogAlarm

ROOT_USE: Final = LogAlarm(
    name="root-used",
    pattern=(
        '{ ($.userIdentity.type = "Root") && ($.userIdentity.invokedBy NOT EXISTS)'
        ' && ($.eventType != "AwsServiceEvent") }'
    ),
    description="The root user of the account was used. Nobody should: find out who and why (AWS-MFA).",
)
SIGN_IN_WITHOUT_MFA: Final = LogAlarm(
    name="sign-in-without-mfa",
    # Federated roles authenticate with the directory's MFA, which AWS cannot see.
    pattern=(
        '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes")'
        ' && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }'
    ),
    description="A user signed in to the console without a second factor: have them enrol one today (AWS-MFA).",
)
SIGN_IN_FAILED: Final = LogAlarm(
    name="sign-in-failed",
    pattern='{ ($.eventName = "ConsoleLogin") && ($.errorMessage = "Failed authentication") }',
    threshold=3,
    description="Several sign-ins to the console failed: a forgotten password, or somebody is guessing (AWS-MFA).",
)
UNAUTHORIZED_CALLS: Final = LogAlarm(
    name="unauthorized-calls",
    pattern=(
        '{ (($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*"))'
        ' && ($.sourceIPAddress != "delivery.logs.amazonaws.com") && ($.eventName != "HeadBucket") }'
    ),
    threshold=5,
    description="AWS denied several calls: a role lacks a permission, or a credential is being tried out (AWS-TRAIL).",
)


@dataclass(frozen=True, kw_only=True)
class Changed:
    """An alarm on successful and refused calls by their names."""

    name: str
    events: Mapping[str, str]
    """Event source without .amazonaws.com -> event names, separated by blanks."""
    description: str

    def log_alarm(self) -> LogAlarm:
        """The alarm on the trail's log group."""
        terms = [
            f'($.eventSource = "{source}.amazonaws.com") && ({_any_name(names.split())})'
            for source, names in self.events.items()
        ]
        pattern = terms[0] if len(terms) == 1 else " || ".join(f"({term})" for term in terms)
        return LogAlarm(name=self.name, pattern=f"{{ {pattern} }}", description=self.description)


def _any_name(names: Iterable[str]) -> str:
    return "||".join(f'($.eventName="{name}")' for name in names)


CHANGES: Final = (
    Changed(
        name="trail-changed",
        events={
            "cloudtrail": "CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging PutEventSelectors"
            " PutInsightSelectors DeregisterOrganizationDelegatedAdmin"
        },
        description="The audit trail was stopped, changed or deleted. Restore it and find out who did it (AWS-TRAIL).",
    ),
    Changed(
        name="key-disabled",
        events={"kms": "DisableKey ScheduleKeyDeletion DeleteImportedKeyMaterial"},
        description="An encryption key was disabled or is to be deleted: what it encrypts, logs above all, will be"
        " lost. `aws kms cancel-key-deletion` and `enable-key` undo it (AWS-TRAIL).",
    ),
    Changed(
        name="iam-changed",
        events={
            "iam": "DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy PutUserPolicy"
            " CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion AttachRolePolicy DetachRolePolicy"
            " AttachUserPolicy DetachUserPolicy AttachGroupPolicy DetachGroupPolicy SetDefaultPolicyVersion"
            " UpdateAssumeRolePolicy CreateAccessKey CreateLoginProfile UpdateLoginProfile DeactivateMFADevice"
        },
        description="Permissions, trust or credentials in IAM changed. Compare it with the announced changes.",
    ),
    Changed(
        name="bucket-access-changed",
        events={
            "s3": "PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle PutBucketReplication"
            " DeleteBucketPolicy DeleteBucketCors DeleteBucketLifecycle DeleteBucketReplication"
            " PutBucketPublicAccessBlock DeleteBucketPublicAccessBlock DeleteBucketEncryption PutBucketVersioning"
        },
        description="Access to a bucket, or what protects its objects, changed. Compare it with the announced changes"
        " (AWS-S3).",
    ),
    Changed(
        name="aws-config-changed",
        events={
            "config": "StopConfigurationRecorder DeleteDeliveryChannel PutDeliveryChannel PutConfigurationRecorder"
            " DeleteConfigurationRecorder"
        },
        description="AWS Config's recorder or its delivery changed: changes of resources may go unrecorded.",
    ),
    Changed(
        name="security-group-changed",
        events={
            "ec2": "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress"
            " RevokeSecurityGroupEgress CreateSecurityGroup DeleteSecurityGroup ModifySecurityGroupRules"
        },
        description="A security group changed. Compare it with the announced changes (AWS-SG).",
    ),
    Changed(
        name="network-acl-changed",
        events={
            "ec2": "CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry"
            " ReplaceNetworkAclEntry ReplaceNetworkAclAssociation"
        },
        description="A network access control list changed; Palisade makes none (AWS-SG).",
    ),
    Changed(
        name="gateway-changed",
        events={
            "ec2": "CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway CreateInternetGateway"
            " DeleteInternetGateway DetachInternetGateway CreateNatGateway DeleteNatGateway CreateVpnConnection"
            " CreateTransitGatewayVpcAttachment CreateEgressOnlyInternetGateway"
        },
        description="A way between a network and the outside was created or removed. Compare it with the announced"
        " changes (AWS-EGRESS).",
    ),
    Changed(
        name="route-changed",
        events={
            "ec2": "CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation DeleteRouteTable"
            " DeleteRoute DisassociateRouteTable AssociateRouteTable"
        },
        description="Routes of a network changed: traffic may take another way. Compare it with the announced changes"
        " (AWS-EGRESS).",
    ),
    Changed(
        name="vpc-changed",
        events={
            "ec2": "CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection CreateVpcPeeringConnection"
            " DeleteVpcPeeringConnection RejectVpcPeeringConnection AttachClassicLinkVpc DetachClassicLinkVpc"
            " DisableVpcClassicLink EnableVpcClassicLink ModifyVpcBlockPublicAccessOptions"
        },
        description="A network or its connection to another one changed. Compare it with the announced changes"
        " (AWS-SG).",
    ),
    Changed(
        name="organization-changed",
        events={
            "organizations": "AcceptHandshake AttachPolicy CancelHandshake CreateAccount CreateOrganization"
            " CreateOrganizationalUnit CreatePolicy DeclineHandshake DeleteOrganization DeleteOrganizationalUnit"
            " DeletePolicy EnableAllFeatures EnablePolicyType InviteAccountToOrganization LeaveOrganization"
            " DetachPolicy DisablePolicyType MoveAccount RemoveAccountFromOrganization UpdateOrganizationalUnit"
            " UpdatePolicy"
        },
        description="The organisation, its accounts or its policies changed. CloudTrail records it in the management"
        " account only.",
    ),
    Changed(
        name="account-default-changed",
        events={
            "ec2": "DisableEbsEncryptionByDefault DisableSnapshotBlockPublicAccess DisableImageBlockPublicAccess"
            " EnableSerialConsoleAccess ModifyInstanceMetadataDefaults",
            "iam": "DeleteAccountPasswordPolicy UpdateAccountPasswordPolicy",
            "s3": "PutAccountPublicAccessBlock DeleteAccountPublicAccessBlock",
            "ssm": "UpdateServiceSetting ResetServiceSetting",
        },
        description="A safe default of the whole account changed: run `pulumi refresh` and `pulumi up`, then look for"
        " what was shared or created in the meantime.",
    ),
    Changed(
        # These resources deliver events to people. DETECTION_CHANGED guards this alarm; this alarm guards that rule.
        name="alerting-changed",
        events={
            "events": "DeleteRule DisableRule PutRule PutTargets RemoveTargets",
            "sns": "DeleteTopic SetTopicAttributes Unsubscribe AddPermission RemovePermission"
            " SetSubscriptionAttributes",
        },
        description="A rule that reports findings, the topic of the alarms or a subscription changed: alarms may reach"
        " nobody. Compare it with the announced changes.",
    ),
)
TRAIL_ALARMS: Final = (
    ROOT_USE,
    SIGN_IN_WITHOUT_MFA,
    SIGN_IN_FAILED,
    UNAUTHORIZED_CALLS,
    *(change.log_alarm() for change in CHANGES),
)

DETECTION_CHANGED: Final = EventAlarm(
    name="detection-changed",
    # Through EventBridge: an alarm on the log could not report the deletion of its own metric filter.
    pattern={
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventSource": [
                f"{source}.amazonaws.com"
                for source in ("access-analyzer", "ec2", "guardduty", "logs", "monitoring", "route53resolver")
            ],
            "eventName": [
                # access-analyzer
                *("CreateArchiveRule", "DeleteAnalyzer", "UpdateArchiveRule"),
                # ec2
                "DeleteFlowLogs",
                # guardduty
                *("CreateFilter", "CreateIPSet", "CreateTrustedEntitySet", "DeleteDetector"),
                *("DisassociateFromAdministratorAccount", "DisassociateFromMasterAccount"),
                *("UpdateDetector", "UpdateFilter", "UpdateIPSet", "UpdateTrustedEntitySet"),
                # logs
                *("DeleteLogGroup", "DeleteLogStream", "DeleteMetricFilter", "DeleteRetentionPolicy"),
                *("DeleteSubscriptionFilter", "DisassociateKmsKey", "PutMetricFilter", "PutRetentionPolicy"),
                # monitoring
                *("DeleteAlarms", "DisableAlarmActions", "PutMetricAlarm", "SetAlarmState"),
                # route53resolver
                *("DeleteResolverQueryLogConfig", "DisassociateResolverQueryLogConfig"),
            ],
        },
    },
    description="What detects intruders was changed or removed: the detector, flow logs, log groups, metric filters,"
    " alarms. Compare it with the announced changes, and run `pulumi refresh` and `pulumi up` to restore it.",
)
