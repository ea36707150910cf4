"""The configurations that the needs are evaluated in: one run of the whole program each, cached for the process."""

from __future__ import annotations

import functools
import runpy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.engine.stack import ROOT
from sandbox.providers.mocks import Run, StandIns, run_program
from tests.needs.account import Account
from tests.needs.invented import ACCOUNT, InventedAws
from tests.needs.model import Facts
from tests.needs.network import Topology
from tests.support.program.whole_program import configuration

NAME: Final = "palisade"
DEIS: Final[Mapping[str, Any]] = {
    "domain": "deis.example.org",
    "administrator": {"email": "ada@example.org"},
    "whitelist": ["203.0.113.0/24"],
}
NODES: Final[Mapping[str, Any]] = {"name": "general", "minSize": 2, "maxSize": 3, "desiredSize": 2}
NEWER: Final = ("ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "logs", "monitoring", "ssm", "ssmmessages", "sts")
"""Endpoints that regions launched from 2024 on offer."""
DUO_HOST: Final = "api-0123abcd.duosecurity.com"


@dataclass(frozen=True)
class Configuration:
    """Settings beside the sandbox's, and the region."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    region: str = "eu-central-1"


MATRIX: Final[Mapping[str, Configuration]] = {
    "default": Configuration(),
    "smallest": Configuration(
        {
            "layer": "foundation",
            "network": {"zones": ["a", "b"], "endpoints": [], "nat": "single"},
            "account": {"manage": False},
        }
    ),
    "domains": Configuration({"network": {"egressDomains": ["registry-1.docker.io"]}}),
    "domains-duo-bottlerocket": Configuration(
        {
            "network": {"egressDomains": ["registry-1.docker.io"], "nat": "regional"},
            "vpn": {"mfa": {"kind": "duo", "apiHost": DUO_HOST, "integrationKey": "DI" + "X" * 18}},
            "duoSecretKey": "x" * 40,
            "cluster": {"nodeGroups": [{**NODES, "image": "BOTTLEROCKET"}]},
        }
    ),
    "no-endpoints": Configuration(
        {"network": {"endpoints": [], "nat": "single", "egressDomains": ["registry-1.docker.io"]}}
    ),
    "internal": Configuration(
        {
            "deis": {**DEIS, "balancer": "internal"},
            "vpn": {"clientPorts": {"2222": "git push"}},
            "network": {"egressDomains": ["registry-1.docker.io"]},
        }
    ),
    "ireland-spot": Configuration(
        {
            "cluster": {"nodeGroups": [{**NODES, "capacity": "SPOT"}]},
            "network": {"egressDomains": ["registry-1.docker.io"]},
        },
        region="eu-west-1",
    ),
    "virginia": Configuration({"network": {"egressDomains": ["registry-1.docker.io"]}}, region="us-east-1"),
    # Launched in January 2025: AWS offers ec2messages in no region that is newer than 2023.
    "mexico": Configuration(
        # Nor do the S3 clients of Deis know it.
        {
            "layer": "foundation",
            "network": {"egressDomains": ["registry-1.docker.io"], "endpoints": NEWER},
        },
        region="mx-central-1",
    ),
}
"""Name -> configuration."""


@dataclass(frozen=True)
class World:
    """A run, ready to be asked."""

    name: str
    account: Account
    topology: Topology
    facts: Facts


@functools.cache
def run_of(name: str) -> Run:
    """The run of a configuration of the matrix."""
    wanted = MATRIX[name]
    providers = StandIns(wanted.region)
    providers["aws"] = InventedAws(wanted.region)
    return run_program(
        lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
        providers,
        config={**configuration(**wanted.settings), "aws:region": wanted.region},
        secret_keys=["palisade:duoSecretKey"],
        stack_name="sandbox",
    )


@functools.cache
def world(name: str) -> World:
    """A configuration of the matrix with its run."""
    account = Account(run_of(name), prefix=NAME, account=ACCOUNT, region=MATRIX[name].region)
    return World(name=name, account=account, topology=Topology(account), facts=facts(account, MATRIX[name]))


def facts(account: Account, configured: Configuration) -> Facts:
    """What of a configuration decides whether a need exists, read from what was registered."""
    images = {one.inputs["amiType"].split("_")[0] for one in account.of("nodeGroup")}
    kinds = {one.type.rsplit(":", maxsplit=1)[-1] for one in account.run.resources}
    balancers = {"internal" if one.inputs["internal"] else "public" for one in account.of("loadBalancer")}
    mfa = configured.settings.get("vpn", {}).get("mfa", {}).get("kind", "totp")
    return {
        "image": frozenset(images),
        "capacity": frozenset(one.inputs["capacityType"] for one in account.of("nodeGroup")),
        "kinds": frozenset(kinds),
        "deis": frozenset(balancers),
        "mfa": frozenset({mfa}),
        "region": frozenset({configured.region}),
        "account": frozenset({"managed"} if account.of("trail") else ()),
        "domains": frozenset({"listed" if account.of("resolverFirewallRule") else "open"}),
        "endpoint": frozenset(one.inputs["serviceName"].split(".", 3)[3] for one in account.of("vpcEndpoint")),
        "addon": frozenset(one.inputs["addonName"] for one in account.of("addon")),
    }
