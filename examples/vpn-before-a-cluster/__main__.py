"""A VPN with a second factor before a cluster that is already there."""

from __future__ import annotations

import pulumi

from components.alarms import AlarmTopic, AlarmTopicArgs
from components.bastion import VpnBastion, VpnBastionArgs
from components.context import AwsContext
from components.people import Person
from components.tags import Tags

config = pulumi.Config()
name, protect = config.require("name"), config.get_bool("protect") is not False
people = [Person(**person) for person in config.require_object("people")]
context = AwsContext.current()
tags = Tags(owner=config.require("owner"), environment=config.require("environment"), stack=pulumi.get_stack())

topic = AlarmTopic(
    f"{name}-alarms",
    AlarmTopicArgs(
        emails=[person.email for person in people if person.role == "admin"],
        context=context,
        tags=tags,
        protect=protect,
    ),
)
bastion = VpnBastion(
    name,
    VpnBastionArgs(
        context=context,
        tags=tags,
        people=people,
        vpc_id=config.require("vpcId"),
        public_subnet_ids=config.require_object("publicSubnets"),
        private_cidrs=config.require_object("apiCidrs"),
        api_security_group_ids={config.require("cluster"): config.require("apiSecurityGroup")},
        resolver=config.require("resolver"),
        topic_arn=topic.arn,
        protect=protect,
    ),
)
pulumi.export("endpoint", bastion.endpoint)
pulumi.export("profiles", pulumi.Output.secret(bastion.profiles))
pulumi.export("enrolments", pulumi.Output.secret(bastion.enrolments))
pulumi.export("knownHosts", bastion.known_hosts)
