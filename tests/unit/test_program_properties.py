"""Any configuration is refused by its key, or the program runs and keeps its promises, whatever was configured."""

from __future__ import annotations

import contextlib
import ipaddress
import itertools
import json
import os
import runpy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from pulumi.runtime.rpc import UNKNOWN
from pulumi_policy import (
    ResourceValidationArgs,
    ResourceValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError
from pydantic.alias_generators import to_camel

from components.settings import Settings, SettingsError, load
from policies.kernel.cases import UNKNOWN as UNDECIDED
from policies.kernel.policy import ADVISORY
from policies.registry import POLICIES
from sandbox.engine.identities import REGION
from sandbox.engine.layers import sandbox_settings
from sandbox.engine.stack import ROOT
from sandbox.providers.mocks import Run, StandIns, run_program
from tests.support.policies.sdk_harness import OPTIONS, proxied
from tests.support.program.whole_program import temporary_aws

EXAMPLES = int(os.environ.get("PALISADE_EXAMPLES", "8"))
"""Programs that are run; `make properties` runs many more, from another seed each time."""
SANDBOX = sandbox_settings("all")
PEOPLE = SANDBOX["palisade:people"]
UNHURRIED = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
KEEPS_DATA = "deletion-protection-in-production"
MANDATORY = [
    (policy, rule)
    for policy in POLICIES
    if policy.level is not ADVISORY and isinstance(rule := policy.adapt(), ResourceValidationPolicy)
]
Config = dict[str, Any]


def networks(shortest: int, longest: int) -> st.SearchStrategy[str]:
    """Any network of such a prefix."""

    def network(drawn: tuple[int, int]) -> str:
        return str(ipaddress.IPv4Network((drawn[0], drawn[1]), strict=False))

    return st.tuples(st.integers(0, 2**32 - 1), st.integers(shortest, longest)).map(network)


def private(shortest: int, longest: int) -> st.SearchStrategy[str]:
    """A network of 10.0.0.0/8."""

    def network(drawn: tuple[int, int]) -> str:
        return str(ipaddress.IPv4Network((0x0A000000 | drawn[0], drawn[1]), strict=False))

    return st.tuples(st.integers(0, 2**24 - 1), st.integers(shortest, longest)).map(network)


ZONES = st.lists(st.sampled_from("abc"), min_size=2, max_size=3, unique=True)
SIZES = st.lists(st.integers(1, 9), min_size=3, max_size=3).map(sorted)
NODE_GROUP = st.builds(
    lambda name, sizes, image, capacity, zones: {
        "name": name,
        "minSize": sizes[0],
        "desiredSize": sizes[1],
        "maxSize": sizes[2],
        "image": image,
        "capacity": capacity,
        **({"zones": zones} if zones else {}),
    },
    st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True),
    SIZES,
    st.sampled_from(["AL2023", "BOTTLEROCKET"]),
    st.sampled_from(["ON_DEMAND", "SPOT"]),
    st.none() | ZONES,
)
DEIS = st.builds(
    lambda whitelist, mode, registration, balancer, database: {
        "domain": "deis.example.org",
        "administrator": {"email": "ada@example.org"},
        "whitelist": whitelist,
        "whitelistMode": mode,
        "registrationMode": registration,
        "balancer": balancer,
        "database": database,
    },
    st.lists(networks(16, 32), min_size=1, max_size=4, unique=True),
    st.sampled_from(["extend", "override"]),
    st.sampled_from(["admin_only", "disabled"]),
    st.sampled_from(["public", "internal"]),
    st.fixed_dictionaries(
        {},
        optional={
            "multiAz": st.booleans(),
            "backupDays": st.integers(7, 35),
            "largestStorageGib": st.integers(22, 65536),
        },
    ),
)
SENSIBLE = st.fixed_dictionaries(
    {
        "layer": st.sampled_from(["foundation", "all"]),
        "environment": st.sampled_from(["production", "development", "sandbox"]),
        "owner": st.just("platform-security"),
        "people": st.lists(st.sampled_from(PEOPLE), min_size=1, unique_by=lambda person: person["name"]),
        "network": st.fixed_dictionaries(
            {},
            optional={
                "cidr": private(16, 20),
                "zones": ZONES,
                "nat": st.sampled_from(["zone", "single", "regional"]),
                "endpoints": st.lists(st.sampled_from(["ec2", "logs", "sts", "eks"]), unique=True),
                "egressDomains": st.none() | st.just(["registry.example.org"]),
            },
        ),
        "vpn": st.fixed_dictionaries(
            {},
            optional={
                "clientCidr": private(22, 28),
                "sourceCidrs": st.lists(networks(0, 32), min_size=1, max_size=3, unique=True),
                "port": st.integers(1, 65535),
                "image": st.sampled_from(["ubuntu-24.04", "ubuntu-26.04"]),
                "clientPorts": st.just({"2222": "git push"}),
            },
        ),
        "cluster": st.fixed_dictionaries(
            {},
            optional={
                "version": st.sampled_from(["1.34", "1.35", "1.36"]),
                "nodeGroups": st.lists(NODE_GROUP, min_size=1, max_size=3),
                "bootstrapCidrs": st.lists(networks(24, 32), max_size=2, unique=True),
                "podPorts": st.dictionaries(st.integers(1, 65535).map(str), st.just("an application"), max_size=2),
                "egressPorts": st.dictionaries(st.integers(1, 65535).map(str), st.just("a service"), max_size=2),
            },
        ),
        "protectData": st.booleans(),
    },
    optional={"deis": DEIS, "name": st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,9})?", fullmatch=True)},
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | networks(0, 32),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def disturbed(draw: st.DrawFn) -> Config:
    """A sensible configuration in which something, anywhere, is something else, missing, or too much."""
    config = json.loads(json.dumps(draw(SENSIBLE)))
    for _ in range(draw(st.integers(1, 3))):
        place = config
        while True:
            key = draw(st.sampled_from(sorted(place)) if place else st.just("extra"))
            inner = place.get(key)
            if not (isinstance(inner, dict) and draw(st.booleans())):
                break
            place = inner
        how = draw(st.sampled_from(["other", "missing", "extra"]))
        if how == "missing":
            place.pop(key, None)
        else:
            place[key if how == "other" else draw(st.from_regex(r"[a-z]{1,8}", fullmatch=True))] = draw(ANYTHING)
    return config


def as_engine(config: Config) -> dict[str, str]:
    """As the engine hands a configuration over."""
    told = {f"palisade:{key}": value for key, value in config.items()}
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in told.items()}


def judged(config: Config) -> Settings | SettingsError:
    """The settings, or why there are none."""
    try:
        return load(as_engine(config), ())
    except SettingsError as refused:
        return refused


@settings(max_examples=300, suppress_health_check=UNHURRIED, derandomize=True)
@given(disturbed())
def test_any_configuration_is_taken_or_refused_by_its_key(config: Config) -> None:
    judgement = judged(config)
    if isinstance(judgement, SettingsError):
        assert judgement.faults
        keys = {*config, *(to_camel(name) for name in Settings.model_fields)}
        named = tuple(f"palisade:{key}{end}" for key in keys for end in ".: ")
        assert [fault for fault in judgement.faults if not str(fault).startswith(named)] == []


@pytest.fixture(scope="module", autouse=True)
def aws_of_the_module() -> Iterator[None]:
    with temporary_aws():
        yield


@settings(
    max_examples=EXAMPLES,
    suppress_health_check=UNHURRIED,
    derandomize="PALISADE_EXAMPLES" not in os.environ,
    # A program takes a second or two, so that making an example smaller would take minutes.
    phases=(Phase.explicit, Phase.generate),
)
@given(SENSIBLE)
def test_what_is_taken_runs_and_keeps_its_promises(config: Config) -> None:
    wanted = judged(config)
    assume(isinstance(wanted, Settings))
    assert isinstance(wanted, Settings)
    run = run_program(
        lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
        StandIns(REGION),
        # Offline: the kubernetes stand-in makes nothing.
        config={
            **as_engine(config),
            "aws:region": REGION,
            **({"palisade:kubeconfig": "{}"} if wanted.has_platform else {}),
        },
        preview=True,
    )
    ranges_do_not_overlap(run, wanted)
    nodes_are_private(run)
    nothing_is_open_wider_than_asked(run, wanted)
    the_api_is_as_asked(run, wanted)
    the_pack_is_content(run, wanted)


def ranges_do_not_overlap(run: Run, wanted: Settings) -> None:
    vpc = ipaddress.IPv4Network(run.only("ec2/vpc:Vpc").inputs["cidrBlock"])
    subnets = [ipaddress.IPv4Network(each.inputs["cidrBlock"]) for each in run.of("ec2/subnet:Subnet")]
    assert len(subnets) == 3 * len(wanted.network.zones or "abc")
    assert all(subnet.subnet_of(vpc) for subnet in subnets)
    clients = ipaddress.IPv4Network(wanted.vpn.client_cidr)
    assert not [pair for pair in itertools.combinations([*subnets, clients], 2) if pair[0].overlaps(pair[1])]


def nodes_are_private(run: Run) -> None:
    assert not [each.name for each in run.of("ec2/subnet:Subnet") if each.inputs.get("mapPublicIpOnLaunch")]
    groups = run.of("eks/nodeGroup:NodeGroup")
    assert groups
    for group in groups:
        urns = list(group.request.propertyDependencies["subnetIds"].urns)
        assert [urn.rpartition("::")[2] for urn in urns if "/subnet:" in urn]
        assert not [urn for urn in urns if "/subnet:" in urn and "-private-" not in urn]


def nothing_is_open_wider_than_asked(run: Run, wanted: Settings) -> None:
    vpc = ipaddress.IPv4Network(wanted.network.cidr)
    clients = [ipaddress.IPv4Network(each) for each in wanted.vpn.source_cidrs]
    listed = [ipaddress.IPv4Network(each) for each in wanted.deis.whitelist] if wanted.deis else []
    rules = run.of("vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert rules
    for rule in rules:
        source = rule.inputs.get("cidrIpv4")
        assert not rule.inputs.get("cidrIpv6")
        if source in (None, UNKNOWN):
            continue
        network = ipaddress.IPv4Network(source)
        of_the_vpn = rule.inputs["fromPort"] == rule.inputs["toPort"] == wanted.vpn.port
        allowed = [vpc, *listed, *(clients if of_the_vpn and rule.inputs["ipProtocol"] == "udp" else [])]
        assert any(network.subnet_of(each) for each in allowed), (rule.name, source)


def the_api_is_as_asked(run: Run, wanted: Settings) -> None:
    network = run.only("eks/cluster:Cluster").inputs["vpcConfig"]
    assert network["endpointPrivateAccess"] is True
    assert network["endpointPublicAccess"] is bool(wanted.cluster.bootstrap_cidrs)
    assert set(network.get("publicAccessCidrs") or ()) == set(wanted.cluster.bootstrap_cidrs)


def the_pack_is_content(run: Run, wanted: Settings) -> None:
    """No resource breaks a mandatory policy, but for the one that keeps production's data; of stacks: test_ours.py."""
    custom = [each for each in run.resources if each.request.custom]
    asked = [
        ResourceValidationArgs(each.type, proxied(_as_sent(each.inputs)), each.urn, each.name, OPTIONS, None, {})
        for each in custom
    ]
    told: list[str] = []

    def report(message: str, urn: str | None = None) -> None:
        told.append(message)

    for policy, rule in MANDATORY:
        for args in asked:
            if args.resource_type in policy.types:
                with contextlib.suppress(UnknownValueError):
                    rule.validate(args, report)
    given_up = wanted.environment == "production" and not wanted.protect_data
    assert {message.partition(":")[0] for message in told} == ({KEEPS_DATA} if given_up else set()), told


def _as_sent(value: Any) -> Any:
    """Inputs as the engine sends them to a policy."""
    if isinstance(value, dict):
        return {key: _as_sent(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_sent(inner) for inner in value]
    return UNDECIDED if value == UNKNOWN else value
