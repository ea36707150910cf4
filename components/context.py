"""Account, region and partition of the program, looked up once and passed to the components."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.faults import ArgumentError, Fault

PARTITIONS: Final = ("aws", "aws-us-gov")
"""The partitions that the components support. The others have other names of endpoint services (`cn.com.amazonaws.`),
service principals (`ec2.amazonaws.com.cn`) and hosts."""


@dataclass(frozen=True, kw_only=True)
class AwsContext:
    """The account, region and partition that ARNs, policies and host names contain.

    Raises:
        ArgumentError: the partition is not supported.
    """

    account_id: str
    """Twelve digits."""
    region: str
    """Such as eu-central-1."""
    partition: str
    """One of PARTITIONS."""

    def __post_init__(self) -> None:
        if self.partition not in PARTITIONS:
            found = f"{self.region} is in the partition {self.partition}, which is not supported"
            allowed = f"use a region of {' or '.join(PARTITIONS)}"
            raise ArgumentError("AwsContext", [Fault(("region",), found, allowed, "AWS-EGRESS")])

    @classmethod
    def current(cls, opts: pulumi.InvokeOptions | None = None) -> AwsContext:
        """The context of the AWS provider in use (the default provider, or the provider in `opts`)."""
        return cls(
            account_id=aws.get_caller_identity(opts=opts).account_id,
            region=aws.get_region(opts=opts).region,
            partition=aws.get_partition(opts=opts).partition,
        )

    def arn(self, service: str, resource: str, *, regional: bool = True) -> str:
        """The ARN of a resource of this account."""
        return f"arn:{self.partition}:{service}:{self.region if regional else ''}:{self.account_id}:{resource}"

    @property
    def instance_domain(self) -> str:
        """The private domain of instances, as in AWS's default DHCP options; us-east-1 has an older domain."""
        return "ec2.internal" if self.region == "us-east-1" else f"{self.region}.compute.internal"


def providers_of(opts: pulumi.ResourceOptions) -> list[pulumi.ProviderResource]:
    """The providers passed to a component, in any of the accepted forms."""
    given = opts.providers or ()
    several = [*given.values()] if isinstance(given, Mapping) else [*given] if isinstance(given, Sequence) else [given]
    return [*several, *([opts.provider] if opts.provider else [])]


def lookup_options(opts: pulumi.ResourceOptions | None) -> pulumi.InvokeOptions:
    """Invoke options for lookups before a component is registered: its own AWS provider."""
    if opts is None:
        return pulumi.InvokeOptions()
    own = next((one for one in providers_of(opts) if one.package == "aws"), None)
    return pulumi.InvokeOptions(parent=opts.parent, provider=own)
