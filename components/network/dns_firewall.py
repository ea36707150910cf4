"""An allow-list of the domains that the VPC resolves, failing closed (AWS-EGRESS).

It filters names, not connections: clients that know an address can still reach it on the ports that the security groups
allow. It stops traffic that depends on names, which is nearly all malware and all exfiltration by DNS; inspecting the
connections themselves would need AWS Network Firewall in the NAT gateways' path.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.context import AwsContext
from components.domains import AWS
from components.tags import Tags

# AWS evaluates groups in ascending priority; its own managed associations use up to 100 and from 9900.
GROUP_PRIORITY = 101
ALLOW_PRIORITY = 100
PLATFORM_PRIORITY = 110
BLOCK_PRIORITY = 200


def own_domains(context: AwsContext) -> list[str]:
    """Domains that every cluster in this region resolves: AWS's APIs, its API server, its database, instances."""
    return [pattern for domain in AWS if (pattern := domain.resolved(context)) is not None]


def without_covered(domains: Collection[str]) -> list[str]:
    """The domains, sorted, without those covered by a wildcard."""
    wildcards = [domain for domain in domains if domain.startswith("*.")]
    return sorted(
        {domain for domain in domains if not any(domain != one and domain.endswith(one[1:]) for one in wildcards)}
    )


@dataclass(frozen=True, kw_only=True)
class DnsFirewallArgs:
    """Inputs of `make_dns_firewall`."""

    context: AwsContext
    tags: Tags
    vpc_id: pulumi.Input[str]
    domains: Sequence[str]
    """Names that may be resolved besides AWS's own; `*.example.org` stands for all below example.org."""


def make_dns_firewall(name: str, args: DnsFirewallArgs, parent: pulumi.Resource) -> pulumi.Output[str]:
    """Make the lists, the rules and their association with the VPC; return the ID of the rule group."""
    opts = pulumi.ResourceOptions(parent=parent)
    group = aws.route53.ResolverFirewallRuleGroup(
        f"{name}-egress", name=f"{name}-egress", tags=args.tags.named(f"{name}-egress"), opts=opts
    )
    allowed = [*own_domains(args.context), *args.domains]
    rules = [
        allow_domains(f"{name}-allowed", allowed, group_id=group.id, tags=args.tags, opts=opts),
        _make_rule(
            f"{name}-everything-else",
            ["*"],
            group_id=group.id,
            tags=args.tags,
            opts=opts,
            action="BLOCK",
            block_response="NXDOMAIN",
            priority=BLOCK_PRIORITY,
        ),
    ]
    aws.route53.ResolverFirewallConfig(
        f"{name}-egress", resource_id=args.vpc_id, firewall_fail_open="DISABLED", opts=opts
    )
    aws.route53.ResolverFirewallRuleGroupAssociation(
        f"{name}-egress",
        name=f"{name}-egress",
        firewall_rule_group_id=group.id,
        priority=GROUP_PRIORITY,
        vpc_id=args.vpc_id,
        tags=args.tags.named(f"{name}-egress"),
        # A group with half of its rules would allow everything, or nothing.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=rules),
    )
    return group.id


def allow_domains(
    name: str,
    domains: Collection[str],
    *,
    group_id: pulumi.Input[str],
    tags: Tags,
    opts: pulumi.ResourceOptions,
    priority: int = ALLOW_PRIORITY,
) -> pulumi.Resource:
    """Make a rule of a rule group that allows domains.

    Args:
        name: name of the rule and its list.
        domains: names; `*.example.org` covers all below example.org.
        group_id: the rule group.
        tags: tags of the list.
        opts: options of both resources.
        priority: unique in the group, below BLOCK_PRIORITY.
    """
    return _make_rule(
        name,
        without_covered(domains),
        group_id=group_id,
        tags=tags,
        opts=opts,
        action="ALLOW",
        # A listed name may redirect to an unlisted one: the target is its owner's choice.
        firewall_domain_redirection_action="TRUST_REDIRECTION_DOMAIN",
        priority=priority,
    )


def _make_rule(
    name: str,
    domains: Sequence[str],
    *,
    group_id: pulumi.Input[str],
    tags: Tags,
    opts: pulumi.ResourceOptions,
    **rule: Any,
) -> pulumi.Resource:
    listed = aws.route53.ResolverFirewallDomainList(name, name=name, domains=domains, tags=tags.named(name), opts=opts)
    return aws.route53.ResolverFirewallRule(
        name, name=name, firewall_domain_list_id=listed.id, firewall_rule_group_id=group_id, opts=opts, **rule
    )
