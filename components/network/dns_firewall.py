"""An allow-list of the domains that may be resolved from the VPC, failing closed (AWS-EGRESS).

It decides names, not connections: who knows an address can still reach it on the ports that the security groups let
out. It stops what depends on names, which is nearly all malware and all exfiltration by DNS; inspection of the
connections themselves would need AWS Network Firewall in the NAT gateways' path.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.context import AwsContext
from components.domains import AWS
from components.tags import Tags

# AWS evaluates groups in ascending priority; its own managed associations use up to 100 and from 9900.
GROUP_PRIORITY = 101
ALLOW_PRIORITY = 100
BLOCK_PRIORITY = 200


def own_domains(context: AwsContext) -> list[str]:
    """What a cluster in this region resolves in any case: AWS's APIs, its own API server, its database, instances."""
    return [pattern for domain in AWS if (pattern := domain.resolved(context)) is not None]


def without_covered(domains: Collection[str]) -> list[str]:
    """The domains without those that a wildcard among them covers, sorted."""
    wildcards = [domain for domain in domains if domain.startswith("*.")]
    return sorted(
        {domain for domain in domains if not any(domain != one and domain.endswith(one[1:]) for one in wildcards)}
    )


@dataclass(frozen=True, kw_only=True)
class DnsFirewallArgs:
    """What `make_dns_firewall` needs of the network."""

    context: AwsContext
    tags: Tags
    vpc_id: pulumi.Input[str]
    domains: Sequence[str]
    """Names that may be resolved besides AWS's own; `*.example.org` stands for all below example.org."""


def make_dns_firewall(name: str, args: DnsFirewallArgs, parent: pulumi.Resource) -> None:
    """Makes the lists, the rules and their association with the VPC."""
    opts = pulumi.ResourceOptions(parent=parent)
    group = aws.route53.ResolverFirewallRuleGroup(
        f"{name}-egress", name=f"{name}-egress", tags=args.tags.named(f"{name}-egress"), opts=opts
    )
    rules = []
    for role, priority, action, domains in (
        ("allowed", ALLOW_PRIORITY, "ALLOW", without_covered([*own_domains(args.context), *args.domains])),
        ("everything-else", BLOCK_PRIORITY, "BLOCK", ["*"]),
    ):
        listed = aws.route53.ResolverFirewallDomainList(
            f"{name}-{role}",
            name=f"{name}-{role}",
            domains=domains,
            tags=args.tags.named(f"{name}-{role}"),
            opts=opts,
        )
        rules.append(
            aws.route53.ResolverFirewallRule(
                f"{name}-{role}",
                name=f"{name}-{role}",
                action=action,
                block_response="NXDOMAIN" if action == "BLOCK" else None,
                firewall_domain_list_id=listed.id,
                firewall_rule_group_id=group.id,
                # A listed name may point to one that is not: what it resolves to is its owner's choice.
                firewall_domain_redirection_action="TRUST_REDIRECTION_DOMAIN" if action == "ALLOW" else None,
                priority=priority,
                opts=opts,
            )
        )
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
        # A group with half of its rules would let everything through, or nothing.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=rules),
    )
