"""Deis, admin-only and whitelisted, on a cluster that is already there."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes

from components.context import AwsContext
from components.deis import Database, Deis, DeisArgs
from components.tags import Tags

config = pulumi.Config()
protect = config.get_bool("protect") is not False
private, public = config.require_object("privateSubnets"), config.require_object("publicSubnets")

deis = Deis(
    config.require("name"),
    DeisArgs(
        context=AwsContext.current(),
        tags=Tags(owner=config.require("owner"), environment=config.require("environment"), stack=pulumi.get_stack()),
        domain=config.require("domain"),
        administrator_email=config.require("administratorEmail"),
        whitelist=config.require_object("whitelist"),
        vpc_id=config.require("vpcId"),
        vpc_cidr=config.require("vpcCidr"),
        database_subnet_ids={zone: subnet["id"] for zone, subnet in private.items()},
        database_subnet_cidrs={zone: subnet["cidr"] for zone, subnet in private.items()},
        balancer_subnet_ids={zone: subnet["id"] for zone, subnet in public.items()},
        balancer_subnet_cidrs={zone: subnet["cidr"] for zone, subnet in public.items()},
        api_cidrs=config.require_object("apiCidrs"),
        node_security_group_id=config.require("nodeSecurityGroup"),
        autoscaling_group_names=config.require_object("autoscalingGroups"),
        database=Database(deletion_protection=protect),
        protect=protect,
    ),
    pulumi.ResourceOptions(providers=[kubernetes.Provider("cluster", kubeconfig=config.require_secret("kubeconfig"))]),
)
pulumi.export("url", deis.url)
pulumi.export("loadBalancer", deis.load_balancer_dns_name)
pulumi.export("administratorPassword", deis.administrator_password)
