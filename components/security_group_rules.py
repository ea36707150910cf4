"""Rules between security groups, each a resource of its own with a port, a peer and a description (AWS-SG)."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.tags import Tags


@dataclass(frozen=True, kw_only=True)
class RuleMaker:
    """Make rules as children of one parent; their names start with `prefix`."""

    prefix: str
    tags: Tags
    opts: pulumi.ResourceOptions

    def between(
        self,
        name: str,
        *,
        source: pulumi.Input[str],
        target: pulumi.Input[str],
        port: int,
        description: str,
        protocol: str = "tcp",
    ) -> list[pulumi.Resource]:
        """Let a group reach another group on one port: an egress rule of the first, an ingress rule of the second."""
        return [
            aws.vpc.SecurityGroupEgressRule(
                f"{self.prefix}-{name}-out",
                security_group_id=source,
                referenced_security_group_id=target,
                description=description,
                ip_protocol=protocol,
                from_port=port,
                to_port=port,
                tags=self.tags.common,
                opts=self.opts,
            ),
            self.into(name, source=source, target=target, port=port, description=description, protocol=protocol),
        ]

    def into(
        self,
        name: str,
        *,
        source: pulumi.Input[str],
        target: pulumi.Input[str],
        port: int,
        description: str,
        protocol: str = "tcp",
    ) -> pulumi.Resource:
        """Let a group into another group on one port; the owner of the source opens its egress rule."""
        return aws.vpc.SecurityGroupIngressRule(
            f"{self.prefix}-{name}-in",
            security_group_id=target,
            referenced_security_group_id=source,
            description=description,
            ip_protocol=protocol,
            from_port=port,
            to_port=port,
            tags=self.tags.common,
            opts=self.opts,
        )

    def out(self, name: str, *, source: pulumi.Input[str], port: int, description: str) -> pulumi.Resource:
        """Let a group reach any address on one TCP port, by any route of its subnet."""
        return aws.vpc.SecurityGroupEgressRule(
            f"{self.prefix}-{name}-out",
            security_group_id=source,
            cidr_ipv4="0.0.0.0/0",
            description=description,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            tags=self.tags.common,
            opts=self.opts,
        )
