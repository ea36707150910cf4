"""Cases of rules_together.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.network.ingress import PREFIX_LIST
from policies.rules.network.ingress_cases import inline
from policies.rules.network.rules_together import TOGETHER
from policies.rules.network.security_group_rules import GROUP, INGRESS_RULE, RULE

_LIST: Final = Item(type=PREFIX_LIST, props={"id": "pl-1", "entries": [{"cidr": "203.0.113.0/24"}]}, name="list")
_INSIDE: Final[dict[str, Any]] = {"cidrBlocks": ["10.0.0.0/8"]}
_ON: Final = {"securityGroupId": ["group"]}


def _group(*ingress: dict[str, Any], id_: str = "sg-1", on: dict[str, list[str]] | None = None) -> Item:
    return Item(type=GROUP, props={"id": id_, "ingress": list(ingress)}, name="group", depends_on=on or {})


def _rule(low: int, high: int, *, group: str = "sg-1", name: str = "old", **more: Any) -> Item:
    props = {"type": "ingress", "securityGroupId": group, **inline((low, high)), **_INSIDE, **more}
    return Item(type=RULE, props=props, name=name, depends_on=_ON if group == UNKNOWN else {})


def _new(low: int, high: int, *, group: str = "sg-1", **more: Any) -> Item:
    props = {"securityGroupId": group, "ipProtocol": "tcp", "fromPort": low, "toPort": high, **more}
    return Item(type=INGRESS_RULE, props=props, name="new", depends_on=_ON if group == UNKNOWN else {})


_THIRD: Final = inline((0, 20000), **_INSIDE)
_FROM_LIST: Final = inline((8443, 8443), prefixListIds=["pl-1"])

CASES: dict[str, tuple[Case, ...]] = {
    TOGETHER.id: (
        ok("few_ports", _group(inline((443, 443), **_INSIDE)), _rule(8000, 9000), _new(30000, 32767)),
        ok("of_two_groups", _group(_THIRD), _rule(20001, 40000, group="sg-2")),
        ok("the_same_ports_often", _group(_THIRD, _THIRD), _rule(0, 20000), _new(0, 20000)),
        ok("list_of_the_stack", _LIST, _group(_FROM_LIST)),
        ok(
            "left_out_and_so_unknown_in_a_preview",
            _group(),
            _new(8443, 8443, prefixListId=UNKNOWN, cidrIpv4="10.0.0.0/8"),
        ),
        ok(
            "list_of_the_stack_before_it_is_made",
            Item(type=PREFIX_LIST, props={"entries": []}, name="list"),
            _group(inline((8443, 8443), prefixListIds=[UNKNOWN]), id_=UNKNOWN, on={"ingress": ["list"]}),
        ),
        ok("trusted_list", _group(_FROM_LIST), settings={"prefixLists": ["pl-1"]}),
        ok("web_from_a_list", _group(inline((443, 443), prefixListIds=["pl-1"]))),
        fail("inline", _group(_THIRD, inline((20001, 40000), **_INSIDE)), at="ingress"),
        fail("in_three_forms", _group(_THIRD), _rule(20001, 30000), _new(30001, 40000), at="fromPort"),
        fail(
            "in_three_forms_before_they_are_made",
            _group(_THIRD, id_=UNKNOWN),
            _rule(20001, 30000, group=UNKNOWN),
            _new(30001, 40000, group=UNKNOWN),
            at="fromPort",
        ),
        fail("of_a_group_elsewhere", _rule(0, 20000), _new(20001, 40000), at="fromPort"),
        fail("unseen_list", _group(_FROM_LIST), at="ingress[0].prefixListIds[0]"),
        fail("unseen_list_in_a_rule", _new(8443, 8443, prefixListId="pl-2"), _LIST, at="prefixListId"),
        unknown("ports_decided_later", _group(inline((443, 443), protocol=UNKNOWN, **_INSIDE))),
    ),
}
