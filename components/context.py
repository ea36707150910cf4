"""Where a program runs: account, region and partition, asked once and handed to the components."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class AwsContext:
    """The account, region and partition that ARNs and policies name."""

    account_id: str
    """Twelve digits."""
    region: str
    """Such as eu-central-1."""
    partition: str
    """aws, aws-cn or aws-us-gov."""

    @classmethod
    def current(cls, opts: pulumi.InvokeOptions | None = None) -> AwsContext:
        """Those of the AWS provider in use (the default one, or the one that `opts` names)."""
        return cls(
            account_id=aws.get_caller_identity(opts=opts).account_id,
            region=aws.get_region(opts=opts).region,
            partition=aws.get_partition(opts=opts).partition,
        )

    def arn(self, service: str, resource: str, *, regional: bool = True) -> str:
        """The ARN of a resource of this account."""
        return f"arn:{self.partition}:{service}:{self.region if regional else ''}:{self.account_id}:{resource}"
