"""Account-wide resources: trail, GuardDuty, Access Analyzer and safe defaults (AWS-MFA, AWS-TRAIL, AWS-S3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.account.detection import FITTING, AccessAnalyzer, Feature, GuardDuty, make_detection
from components.account.mfa import make_mfa_group
from components.account.trail import TrailArgs, make_trail
from components.context import AwsContext
from components.faults import Arguments, Fault, choice_faults, unless_matching
from components.log_retention import retention_faults
from components.tags import Tags

BUCKET_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
BUCKET_PATTERN: Final = re.compile(rf"{BUCKET_NAME.pattern}|[a-z0-9][a-z0-9.-]{{2,61}}\*")


@dataclass(frozen=True, kw_only=True)
class AccountArgs(Arguments):
    """Arguments of `Account`."""

    context: AwsContext
    """The account and the region."""
    tags: Tags
    """Tags of every resource."""
    topic_arn: pulumi.Input[str]
    """Where alarms on root use and trail changes, and findings, go."""
    users: Sequence[str] = ()
    """IAM users of this account who may do nothing without a second factor; see mfa.py."""
    locked_out_user: str | None = None
    """The IAM user who deploys, if without a second factor: making them one of `users` is refused (AWS-MFA)."""
    trail_bucket: str | None = None
    """An existing bucket that takes the trail: in a separate account, or the one that an earlier stack retained. None:
    create one here."""
    trail_bucket_exists: bool = False
    """A bucket with the name of the one to create exists: creating it is refused, with the way out."""
    data_event_buckets: Sequence[str] = ("pulumi-state-*",)
    """Buckets whose objects' reads and writes are in the trail as well (AWS-TRAIL); a trailing * stands for any text.
    Such events are billed."""
    guardduty: GuardDuty = "create"
    """`existing`: a detector of this account is there, and gets the features. `organization`: the organisation's
    administrator decides about them, and AWS refuses changes of a member; findings are reported all the same."""
    guardduty_features: Sequence[Feature] = FITTING
    """Features to turn on; each is billed by use. One that is left out keeps its state in the detector, and AWS creates
    a detector with all of them on, except RUNTIME_MONITORING."""
    access_analyzer: AccessAnalyzer = "create"
    """`existing`: the account has one already; AWS takes no second of its kind."""
    log_retention_days: int = 365
    """Days that the trail's log group is kept; a value that CloudWatch Logs knows."""
    protect: bool = True
    """Refuse to delete the trail's bucket, its key and its log group."""

    def faults(self) -> Iterator[Fault]:
        """Yield what AWS would refuse."""
        yield from (fault.under("tags") for fault in self.tags.faults())
        if self.trail_bucket is not None:
            allowed = "the name of an S3 bucket"
            yield from unless_matching(("trail_bucket",), self.trail_bucket, BUCKET_NAME, allowed, "AWS-TRAIL")
        for bucket in self.data_event_buckets:
            allowed = "the name of an S3 bucket, or at least three letters of its beginning and a *"
            yield from unless_matching(("data_event_buckets",), bucket, BUCKET_PATTERN, allowed, "AWS-TRAIL")
        yield from choice_faults(self, "AWS-TRAIL")
        yield from retention_faults(self.log_retention_days)


class Account(pulumi.ComponentResource):
    """Account-wide resources, managed by one stack per account and region (`account.manage`).

    The following resources outlive the stack, because AWS would refuse to delete them or because deleting them would
    weaken the account: the trail's bucket with its settings and lock, its key, and the account-wide settings, which AWS
    would turn off even if they were on before. `trail_bucket` adopts an existing bucket.

    Failure modes: AWS refuses a second GuardDuty detector or Access Analyzer in a region; set `guardduty` or
    `access_analyzer` to `existing`. AWS also refuses changes of a member account to the organisation's GuardDuty; set
    `guardduty` to `organization`.

    Raises:
        ArgumentError: an argument is not allowed (see AccountArgs.faults).
    """

    trail_arn: pulumi.Output[str]
    """The trail."""
    trail_bucket_policy: pulumi.Output[str]
    """The policy that a bucket in another account needs to take this trail."""
    retained: pulumi.Output[dict[str, str]]
    """What outlives the stack: name of the trail's bucket, and ARN of the key that encrypts its files."""

    def __init__(self, name: str, args: AccountArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        args.validate()
        super().__init__("palisade:account:Account", name, None, opts)
        self._name, self._args = name, args
        # Destroying these resources would turn off settings that may have been on before the stack existed.
        self._kept = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
        self._defaults()
        self._passwords()
        make_mfa_group(name, args.context, args.users, args.locked_out_user, self)
        make_detection(
            name,
            guardduty=args.guardduty,
            features=args.guardduty_features,
            access_analyzer=args.access_analyzer,
            topic_arn=args.topic_arn,
            tags=args.tags,
            parent=self,
        )
        trail = make_trail(
            name,
            TrailArgs(
                context=args.context,
                tags=args.tags,
                topic_arn=args.topic_arn,
                bucket=args.trail_bucket,
                bucket_exists=args.trail_bucket_exists,
                data_event_buckets=args.data_event_buckets,
                log_retention_days=args.log_retention_days,
                protect=args.protect,
            ),
            self,
        )
        self.trail_arn, self.trail_bucket_policy, self.retained = trail.arn, trail.bucket_policy, trail.retained
        self.register_outputs(
            {
                "trailArn": self.trail_arn,
                "trailBucketPolicy": self.trail_bucket_policy,
                "retained": self.retained,
            }
        )

    def _defaults(self) -> None:
        """Make public access and unencrypted storage impossible by default; require IMDSv2, disable the serial console.

        VPC Block Public Access is not enabled: it would close the VPN and public load balancers.
        """
        name, kept = self._name, self._kept
        aws.s3.AccountPublicAccessBlock(
            f"{name}-s3-public-access",
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=kept,
        )
        aws.ebs.EncryptionByDefault(f"{name}-ebs-encryption", enabled=True, opts=kept)
        aws.ebs.SnapshotBlockPublicAccess(f"{name}-snapshots", state="block-all-sharing", opts=kept)
        aws.ec2.ImageBlockPublicAccess(f"{name}-images", state="block-new-sharing", opts=kept)
        aws.ec2.SerialConsoleAccess(f"{name}-serial-console", enabled=False, opts=kept)
        # The provider reads the ARN back as the ID; the short form would cause a diff in every later update.
        sharing = self._args.context.arn("ssm", "servicesetting/ssm/documents/console/public-sharing-permission")
        aws.ssm.ServiceSetting(f"{name}-documents", setting_id=sharing, setting_value="Disable", opts=kept)
        aws.ec2.InstanceMetadataDefaults(
            f"{name}-metadata", http_tokens="required", http_put_response_hop_limit=1, opts=kept
        )

    def _passwords(self) -> None:
        name, kept = self._name, self._kept
        aws.iam.AccountPasswordPolicy(
            f"{name}-passwords",
            minimum_password_length=14,
            password_reuse_prevention=24,
            require_lowercase_characters=True,
            require_uppercase_characters=True,
            require_numbers=True,
            require_symbols=True,
            allow_users_to_change_password=True,
            opts=kept,
        )
