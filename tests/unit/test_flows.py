"""Every flow of docs/architecture.md is let through, and no other; another evaluator of policies agrees (AWS-SG)."""

from __future__ import annotations

import functools
import ipaddress
import itertools
import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from tests.needs import pod_flows
from tests.needs.matrix import World, world
from tests.needs.network import Place, Way
from tests.needs.network_policies import Network, Pod, let_through

ROOT: Final = Path(__file__).parents[2]
JUDGED: Final = json.loads((ROOT / "tests" / "needs" / "cyclonus.json").read_text())
"""What an evaluator of somebody else's lets through: of the sandbox's policies, and of examples of every field.

A change of the policies needs its verdict again: build the module that is named, and give it the same ends.
"""
PLACES: Final = ("api", "balancer", "bastion", "database", "endpoints", "internet", "nodes", "whitelisted")
COMMON: Final = {21, 22, 25, 53, 80, 111, 443, 1433, 2049, 2375, 3306, 3389, 5432, 6379, 8080, 9200, 10250, 11211}
APPLICATION: Final = "pod:orchid[heritage=deis]/app=orchid,heritage=deis,type=web"


@functools.cache
def default() -> World:
    return world("default")


@functools.cache
def allowed() -> list[str]:
    """The links that the network policies let through."""
    account = default().account
    return list(pod_flows.allowed(pod_flows.policies_of(account), pod_flows.ends(account)))


def rows(title: str) -> set[tuple[str, str, str]]:
    """(from, to, port) of a table of the document."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    (table,) = re.findall(rf"^## {title}\n\n\|.*\n\|.*\n((?:\|.*\n)+)", text, re.MULTILINE)
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return {(source, target, port) for source, target, port, *_ in cells}


def place(name: str) -> Place:
    if name != "endpoints":
        found = default().topology.place(name)
        assert found is not None
        return found
    (group,) = [one.id for one in default().account.of("securityGroup") if one.name.endswith("net-endpoints")]
    (endpoint, *_) = [one for one in default().account.of("vpcEndpoint") if one.inputs.get("subnetIds")]
    subnets = default().topology.subnets
    networks = tuple(Network(subnets[id_].inputs["cidrBlock"]) for id_ in endpoint.inputs["subnetIds"])
    return Place(name=name, groups=(group,), networks=networks)


@functools.cache
def ports() -> list[tuple[str, int]]:
    """Every port that a rule names, the ones beside it, and common ones."""
    rules = [one.inputs for way in ("Ingress", "Egress") for one in default().account.of(f"securityGroup{way}Rule")]
    assert {rule["ipProtocol"] for rule in rules} == {"tcp", "udp"}
    named = {rule[end] + more for rule in rules for end in ("fromPort", "toPort") for more in (-1, 0, 1)}
    return list(itertools.product(("tcp", "udp"), sorted(named | COMMON)))


def reached(source: Place, target: Place) -> set[str]:
    between = default().topology.between
    return {f"{protocol} {port}" for protocol, port in ports() if not between(source, target, port, protocol).faults}


def by_groups() -> set[tuple[str, str, str]]:
    (address,) = {one.outputs["publicIp"] for one in default().account.of("eip") if "-nat-" not in one.name}
    found: set[tuple[str, str, str]] = set()
    for source, target in itertools.product(PLACES, PLACES):
        if source in ("internet", "whitelisted") and target in ("internet", "whitelisted"):
            continue
        start = place(source)
        if (source, target) == ("bastion", "balancer"):
            # It asks by the name that everybody asks by, so the balancer sees the bastion's public address.
            start = replace(start, networks=(Network(f"{address}/32"),))
        if target != "whitelisted" and (source != target or source == "nodes"):
            found |= {(source, target, port) for port in reached(start, place(target))}
    anybody = {(target, port) for source, target, port in found if source == "internet"}
    found = {one for one in found if one[0] != "whitelisted" or one[1:] not in anybody}
    return {("people" if source == "internet" else source, target, port) for source, target, port in found}


def test_security_groups_let_through_what_the_document_lists_and_nothing_else() -> None:
    assert by_groups() == rows("Between security groups, and with the outside")


def test_network_policies_let_through_what_the_document_lists_and_nothing_else() -> None:
    """Between pods of Deis and all others; a range of subnets has nodes' and pods' addresses in it as well."""
    ends = pod_flows.ends(default().account)
    of_deis = {name for name, end in ends.items() if isinstance(end, Pod) and end.namespace == "deis"}
    listed = rows("Pods of Deis, by network policies")
    found = set()
    for link in allowed():
        between, _, port = link.rpartition(" ")
        source, target = between.split(" > ")
        if {source, target} & of_deis:
            found.add((source, target, port.replace("/", " ")))
    names = {"applications": {"application", "other application"}, "every pod": of_deis}
    expected = {
        (source, target, port)
        for first, second, port in listed
        for source in names.get(first, {first})
        for target in names.get(second, {second})
    }
    assert expected <= found
    # The database's subnets are those of the nodes, whose pods do not listen there by our doing.
    assert {(source, port) for source, _, port in found - expected} == {
        ("bootstrap", "tcp 5432"),
        ("controller", "tcp 5432"),
    }


def test_network_policies_let_through_what_another_evaluator_said() -> None:
    assert pod_flows.summary(allowed()) == JUDGED["product"]


def test_the_evaluator_agrees_with_another_on_every_field_of_a_policy() -> None:
    examples = JUDGED["examples"]
    policies: list[Any] = [SimpleNamespace(name=one["metadata"]["name"], inputs=one) for one in examples["policies"]]
    pods = {
        name: Pod(**{**one, "address": ipaddress.IPv4Address(one["address"])}) for name, one in examples["pods"].items()
    }
    outside = {name: Network(f"{address}/32") for name, address in examples["outside"].items()}
    assert pod_flows.summary(list(pod_flows.allowed(policies, {**pods, **outside}))) == examples["allowed"]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("internet", {"tcp 443"}),
        ("api", {"tcp 443"}),
        ("endpoints", {"tcp 443"}),
        ("database", {"tcp 5432"}),
        ("balancer", set()),
        ("bastion", set()),
        ("nodes", {"tcp 53", "udp 53", "tcp 2223", "tcp 5000", "tcp 8000", "tcp 10250"}),
        ("pod:deis/app=deis-controller,heritage=deis", set()),
        ("pod:deis/app=deis-builder,heritage=deis", set()),
        ("pod:deis/app=deis-router,heritage=deis", set()),
        ("pod:shop/app=web", set()),
        ("pod:garden[heritage=deis]/app=garden", {"tcp 53", "udp 53", "tcp 2223", "tcp 5000", "tcp 8000", "tcp 10250"}),
    ],
)
def test_pods_of_applications_reach_what_the_threat_model_says(target: str, expected: set[str]) -> None:
    """Between nodes. On one node, where no security group is asked, they reach each other on every port."""
    assert reached(place(APPLICATION), place(target)) == expected


def test_a_pod_of_deis_never_reaches_metadata() -> None:
    ends, policies = pod_flows.ends(default().account), pod_flows.policies_of(default().account)
    pods = [end for end in ends.values() if isinstance(end, Pod) and end.namespace == "deis"]
    assert len(pods) >= 8
    for pod in pods:
        for port, protocol in pod_flows.LINKS:
            way = Way()
            let_through(policies, pod_flows.link(pod, ends["metadata"], port, protocol), way)
            assert way.faults
