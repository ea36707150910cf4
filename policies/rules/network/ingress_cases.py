"""Cases of ingress.py."""

from __future__ import annotations

from typing import Any

from policies.guidelines.deis import GIT_PORT
from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.compute.instances import BASTION, ROLE_TAG
from policies.rules.network.ingress import NO_ALL_PORTS, NO_PUBLIC_ADMIN, PREFIX_LIST, PUBLIC_ALLOWLIST
from policies.rules.network.security_group_rules import GROUP, INGRESS_RULE, RULE


def group(*ingress: dict[str, Any], **props: Any) -> Item:
    """A group with inline rules."""
    return Item(type=GROUP, props={"description": "Web", "ingress": list(ingress), **props})


def inline(ports: tuple[int, int], protocol: str = "tcp", **more: Any) -> dict[str, Any]:
    """An inline rule."""
    return {"protocol": protocol, "fromPort": ports[0], "toPort": ports[1], "description": "Web", **more}


def rule_of(ports: tuple[int, int], **more: Any) -> Item:
    """A SecurityGroupRule."""
    return Item(type=RULE, props={"type": "ingress", "securityGroupId": "sg-1", **inline(ports), **more})


def ingress_rule(ports: tuple[int, int], protocol: str = "tcp", **more: Any) -> Item:
    """A vpc.SecurityGroupIngressRule."""
    props = {"ipProtocol": protocol, "fromPort": ports[0], "toPort": ports[1], "description": "Web", **more}
    return Item(type=INGRESS_RULE, props={"securityGroupId": "sg-1", **props})


_WEB, _SSH, _GIT, _ALL = (443, 443), (22, 22), (GIT_PORT, GIT_PORT), (0, 65535)
_WORLD, _OFFICE = "0.0.0.0/0", "203.0.113.0/24"
_HALVES = ["0.0.0.0/1", "128.0.0.0/1"]
_EVERYTHING = {"protocol": "-1", "fromPort": 0, "toPort": 0}

CASES: dict[str, tuple[Case, ...]] = {
    NO_ALL_PORTS.id: (
        ok("one_port_from_a_group", group(inline(_WEB, securityGroups=["sg-2"]))),
        ok("no_rules", group()),
        ok("egress_is_not_ingress", rule_of(_ALL, type="egress", cidrBlocks=[_WORLD])),
        fail("all_protocols_from_itself", group({**_EVERYTHING, "self": True}), at="ingress[0]"),
        fail("all_ports_from_a_group", group(inline(_ALL, securityGroups=["sg-2"])), at="ingress[0]"),
        fail("all_ports_in_a_rule", rule_of(_ALL, sourceSecurityGroupId="sg-2"), at="(resource)"),
        fail("all_protocols_named", rule_of((0, 0), protocol="all", self=True), at="(resource)"),
        fail("all_protocols_in_a_vpc_rule", Item(type=INGRESS_RULE, props={"ipProtocol": "-1"}), at="(resource)"),
        fail("one_to_last_port", ingress_rule((1, 65535), "6", referencedSecurityGroupId="sg-2"), at="(resource)"),
        fail(
            "ports_omitted",
            Item(type=INGRESS_RULE, props={"ipProtocol": "tcp", "cidrIpv4": "10.0.0.0/8"}),
            at="(resource)",
        ),
        fail("beside_an_unknown_rule", group(inline(_WEB, protocol=UNKNOWN), _EVERYTHING), at="ingress[1]"),
        fail("rules_that_are_no_list", group(ingress="all"), at="ingress"),
        unknown("ports_decided_later", ingress_rule(_WEB, UNKNOWN)),
    ),
    NO_PUBLIC_ADMIN.id: (
        ok("ssh_from_the_vpn", group(inline(_SSH, cidrBlocks=["10.8.0.0/24"]))),
        ok("web_from_everyone", ingress_rule(_WEB, cidrIpv4=_WORLD)),
        fail("ssh_from_everyone", group(inline(_SSH, cidrBlocks=[_WORLD])), at="ingress[0].cidrBlocks[0]"),
        fail("ssh_from_the_office", rule_of(_SSH, cidrBlocks=["10.0.0.0/8", _OFFICE]), at="cidrBlocks[1]"),
        fail("ssh_within_a_range", group(inline((20, 25), ipv6CidrBlocks=["::/0"])), at="ingress[0].ipv6CidrBlocks[0]"),
        fail("ssh_over_ipv6", ingress_rule(_SSH, cidrIpv6="::/0"), at="cidrIpv6"),
        fail("database_in_a_range", ingress_rule((5000, 6000), cidrIpv4=_WORLD), at="cidrIpv4"),
        fail("ssh_from_a_list", ingress_rule(_SSH, prefixListId=UNKNOWN), at="prefixListId"),
        fail("ssh_from_lists", group(inline(_SSH, prefixListIds=["pl-1"])), at="ingress[0].prefixListIds[0]"),
        fail("ssh_from_two_halves", rule_of(_SSH, cidrBlocks=_HALVES), at="cidrBlocks[1]"),
        fail("everything", group({**_EVERYTHING, "cidrBlocks": [_WORLD]}), at="ingress[0].cidrBlocks[0]"),
        fail("beside_an_unknown_range", rule_of(_SSH, cidrBlocks=[UNKNOWN, _WORLD]), at="cidrBlocks[1]"),
        unknown("range_decided_later", ingress_rule(_SSH, cidrIpv4=UNKNOWN)),
    ),
    PUBLIC_ALLOWLIST.id: (
        ok("web_from_everyone", group(inline(_WEB, cidrBlocks=[_WORLD], ipv6CidrBlocks=["::/0"]))),
        ok("vpn_from_everyone", ingress_rule((1194, 1194), "udp", cidrIpv4=_WORLD)),
        ok("vpn_on_a_port_of_its_own", ingress_rule((4500, 4500), "udp", cidrIpv4=_WORLD, tags={ROLE_TAG: BASTION})),
        ok("git_from_the_office", ingress_rule(_GIT, cidrIpv4=_OFFICE)),
        ok("anything_from_inside", rule_of((8000, 9000), cidrBlocks=["10.0.0.0/8"])),
        ok("ssh_is_another_policy_s", ingress_rule(_SSH, cidrIpv4=_WORLD)),
        ok("port_on_the_list", ingress_rule((25, 25), cidrIpv4=_WORLD), settings={"ports": ["tcp/25"]}),
        fail("git_from_everyone", ingress_rule(_GIT, cidrIpv4=_WORLD), at="cidrIpv4"),
        fail("git_from_two_halves", rule_of(_GIT, cidrBlocks=_HALVES), at="cidrBlocks[0]"),
        fail("git_over_ipv6", ingress_rule(_GIT, cidrIpv6="2000::/3"), at="cidrIpv6"),
        fail("web_over_udp_range", ingress_rule((443, 444), "udp", cidrIpv4=_WORLD), at="cidrIpv4"),
        fail("many_ports_from_the_office", rule_of((7100, 7109), cidrBlocks=[_OFFICE]), at="cidrBlocks[0]"),
        fail("no_range_at_all", ingress_rule(_GIT, cidrIpv4="everyone"), at="cidrIpv4"),
        fail(
            "prefix_list_of_everyone",
            Item(type=PREFIX_LIST, props={"entries": [{"cidr": _OFFICE}, {"cidr": _WORLD}]}),
            at="entries[1].cidr",
        ),
        unknown("range_decided_later", ingress_rule(_GIT, cidrIpv4=UNKNOWN)),
    ),
}
