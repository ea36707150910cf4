"""The changes that a team makes to the sandbox's settings over a year."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.program.bastion_of import request
from tests.support.program.critical_path import Chain, chain_for

Config = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """A change of the stack's configuration."""

    title: str
    apply: Callable[[Config], None]
    gives_up: frozenset[str] = frozenset()
    """What of KEPT the change is about: the engine refuses it while `protectData` holds, as it does by default."""
    note: str = ""
    secrets: Callable[[], Mapping[str, str]] = dict
    """Secret configuration that it needs as well."""


def _set(path: str, value: Any) -> Callable[[Config], None]:
    """Set the value at a dotted path under `palisade:`."""

    def apply(config: Config) -> None:
        first, *rest = path.split(".")
        if not rest:
            config[f"palisade:{first}"] = value
            return
        place = config.setdefault(f"palisade:{first}", {})
        for key in rest[:-1]:
            place = place.setdefault(key, {})
        place[rest[-1]] = value

    return apply


def _in_another_order(config: Config) -> None:
    config["palisade:people"].reverse()
    config["palisade:network"] = {"zones": ["c", "b", "a"]}


ANOTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPndKL4o0NatpdOWWFf2wAPbsin6VVsA0kzV+dC5hlQY"


def _joins(config: Config) -> None:
    config["palisade:people"].append(
        {
            "name": "mary",
            "email": "mary@example.org",
            "role": "operator",
            "iamPrincipal": "arn:aws:iam::123456789012:role/mary",
            "sshKey": ANOTHER_KEY,
            "generateVpnKey": True,
        }
    )


def _leaves(config: Config) -> None:
    config["palisade:people"] = [each for each in config["palisade:people"] if each["name"] != "lin"]


def _person(name: str, **changes: Any) -> Callable[[Config], None]:
    def apply(config: Config) -> None:
        (person,) = [each for each in config["palisade:people"] if each["name"] == name]
        person.update(changes)

    return apply


@functools.cache
def _bought() -> Chain:
    return chain_for("deis.example.org")


def _certificate_is_bought(config: Config) -> None:
    config["palisade:deis"] |= {"certificate": "imported", "certificateChain": _bought().pem}


def _deis_goes(config: Config) -> None:
    del config["palisade:deis"]


CHANGES = (
    Change("Nothing, told in another order", _in_another_order, note="people, zones"),
    Change("A person joins", _joins),
    Change("A person leaves", _leaves),
    Change("A person gets another role", _person("lin", role="operator")),
    Change("A person gets another SSH key", _person("lin", sshKey=ANOTHER_KEY)),
    Change("A person's VPN key is made anew", _person("ada", vpnCertificateRequest=request("ada"))),
    Change("Alarms go to a further address", _set("alerts.emails", ["pager@example.org"])),
    Change("The whitelist changes", _set("deis.whitelist", ["203.0.113.0/24", "198.51.100.7/32"])),
    Change("The VPN takes clients from fewer places", _set("vpn.sourceCidrs", ["198.51.100.0/24"])),
    Change("A zone is added", _set("network.zones", ["a", "b", "c", "d"])),
    Change(
        "A zone is given up",
        _set("network.zones", ["a", "b"]),
        frozenset({"ec2/eip:Eip", "ec2/subnet:Subnet", "lb/loadBalancer:LoadBalancer"}),
        "EKS and RDS refuse, where they have interfaces in it",
    ),
    Change(
        "The NAT gateways become one regional",
        _set("network.nat", "regional"),
        frozenset({"ec2/eip:Eip"}),
        "connections come from other addresses, and open ones end",
    ),
    Change("Only listed domains resolve", _set("network.egressDomains", ["registry.example.org"])),
    Change(
        "A node group is added",
        _set("cluster.nodeGroups", [{"name": "general"}, {"name": "batch", "capacity": "SPOT"}]),
    ),
    Change(
        "Nodes get another instance type",
        _set("cluster.nodeGroups", [{"name": "general", "instanceTypes": ["m7i.xlarge"]}]),
        note="new nodes first, then the old ones are drained",
    ),
    Change(
        "Nodes get another kind of processor",
        _set("cluster.nodeGroups", [{"name": "general", "instanceTypes": ["m7g.large"]}, {"name": "deis"}]),
        note="new nodes first, then the old ones are drained; a new group of x86_64 is for Deis",
    ),
    Change(
        "Nodes get a newer image",
        _set("cluster.nodeGroups", [{"name": "general", "release": "1.35.4-20261101"}]),
        note="they are replaced a few at a time",
    ),
    Change("Kubernetes goes up one minor version", _set("cluster.version", "1.36")),
    Change("The bastion gets another instance type", _set("vpn.instanceType", "t3.medium")),
    Change("The bastion gets a newer Ubuntu", _set("vpn.image", "ubuntu-26.04")),
    Change("A team gets a namespace", _set("baseline.namespaces", [{"name": "shop"}, {"name": "ship"}])),
    Change("Deis's keys and passwords are rotated", _set("deis.rotation", "2")),
    Change("The database gets another instance class", _set("deis.database", {"instanceClass": "db.t4g.medium"})),
    Change(
        "Deis gets a certificate that was bought",
        _certificate_is_bought,
        secrets=lambda: {"palisade:deisCertificateKey": _bought().key},
    ),
    Change(
        "A public certificate is ordered",
        _set("certificates", [{"name": "www", "domain": "www.example.org", "zoneId": "Z0123456789ABCDEFGHIJ"}]),
    ),
    Change("Logs of the cluster are kept for longer", _set("cluster.logRetentionDays", 731)),
    Change("Data is protected, or no longer", _set("protectData", True), note="as before taking a stack down"),
    Change(
        "Deis is turned off",
        _deis_goes,
        frozenset({"rds/instance:Instance", "s3/bucket:Bucket", "kms/key:Key", "lb/loadBalancer:LoadBalancer"}),
        "its database, its bucket, their keys and its load balancer",
    ),
)
