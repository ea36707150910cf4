"""What is refused before anything is registered, what is warned of, and what an instance type says about itself."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.cluster import ClusterArgs, NodeGroup, Taint
from components.cluster.capacity import shortages
from components.faults import ArgumentError
from components.instance_types import LARGEST, addresses_per_node, architecture
from components.network.plan import Plan
from components.settings.cluster import ClusterSettings
from policies.guidelines import eks
from tests.support.program.cluster_of import recorded
from tests.support.program.recorded import CONTEXT, TAGS, person

NO_SCHEDULE = Taint(key="x", effect="NO_SCHEDULE")

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a version nobody knows": ({"version": "1.99"}, r"version: 1\.99 is not allowed; choose from 1\.34, .*\(INH-4\)"),
    "a wide bootstrap window": (
        {"bootstrap_cidrs": ["203.0.0.0/16"]},
        r"bootstrap_cidrs: 203\.0\.0\.0/16 is not allowed; give a /24 to /32 .*\(VPN-MFA\)",
    ),
    "many bootstrap windows": (
        {"bootstrap_cidrs": [f"203.0.113.{one}/32" for one in range(11)]},
        r"bootstrap_cidrs: 11 ranges are more than 10; .*\(VPN-MFA\)",
    ),
    "the whole world": ({"bootstrap_cidrs": ["0.0.0.0/0"]}, r"bootstrap_cidrs: 0\.0\.0\.0/0 is not allowed"),
    "services inside the VPC": ({"service_cidr": "10.40.128.0/20"}, r"service_cidr: .* overlaps the VPC's 10\.40"),
    "one zone for the control plane": (
        {"control_plane_subnet_ids": {"a": "subnet-1"}},
        r"control_plane_subnet_ids: 1 zones are not enough; EKS demands 2",
    ),
    "two groups of one name": (
        {"node_groups": [NodeGroup(name="one"), NodeGroup(name="one")]},
        r"node_groups: one is there twice; name each once",
    ),
    "nowhere for CoreDNS": (
        {"node_groups": [NodeGroup(name="one", taints=[NO_SCHEDULE]), NodeGroup(name="two", min_size=0)]},
        r"node_groups: none takes pods without tolerations",
    ),
    "no groups": ({"node_groups": []}, r"node_groups: none takes pods without tolerations"),
    "a name that is none": (
        {"node_groups": [NodeGroup(name="One!")]},
        r"node_groups\.One!\.name: 'One!' is not allowed",
    ),
    "sizes the wrong way round": (
        {"node_groups": [NodeGroup(name="one", min_size=4, max_size=6, desired_size=3)]},
        r"one\.desired_size: 4, 3 and 6 are not in order; sizes must be `min_size` <= `desired_size` <= `max_size`",
    ),
    "two architectures in a group": (
        {"node_groups": [NodeGroup(name="one", instance_types=["m7i.large", "m7g.large"])]},
        r"node_groups\.one\.instance_types: m7i\.large, m7g\.large are not of one architecture",
    ),
    "a zone that the network has not": (
        {"node_groups": [NodeGroup(name="one", zones=["a", "f"])]},
        r"node_groups\.one\.zones: f is not a zone of the network",
    ),
    "nobody in charge": ({"people": [person("lin", "viewer")]}, r"people: nobody has role admin"),
    "one principal for two people": (
        {"people": [person("ada", "admin"), person("ada", "viewer")]},
        r"people\.ada\.iam_principal: arn:aws:iam::123456789012:role/ada belongs to both .*\(SSH-USER\)",
    ),
    "operators in kube-system": (
        {"operator_namespaces": ["kube-*"]},
        r"operator_namespaces: kube-\* reaches kube-system, .*name the applications' namespaces",
    ),
    "operators everywhere": ({"operator_namespaces": ["*"]}, r"operator_namespaces: \* reaches kube-system"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_or_must_not_be_is_refused(case: str) -> None:
    changes, words = REFUSED[case]
    with pytest.raises(ArgumentError, match=words):
        recorded(**changes)


def test_all_faults_come_at_once() -> None:
    with pytest.raises(ArgumentError, match=r"version: 1\.99") as caught:
        recorded(version="1.99", bootstrap_cidrs=["0.0.0.0/0"], people=[])
    assert len(str(caught.value).splitlines()) == 3


class TestSettings:
    def test_the_components_defaults_are_the_settings(self) -> None:
        settings, args = ClusterSettings(), recorded_arguments()
        assert settings.version == args.version
        assert settings.egress_ports == args.egress_ports
        assert settings.log_retention_days == args.log_retention_days
        (mine,), (theirs,) = settings.node_groups, args.node_groups
        assert {**mine.model_dump(), "taints": mine.taints} == {**vars(theirs), "labels": dict(theirs.labels)}

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"version": "1.33"}, r"version: 1\.33 is not allowed; choose from 1\.34, 1\.35, 1\.36 \(INH-4\)"),
            ({"operator_namespaces": ["Team A"]}, r"operator_namespaces: 'Team A' is not allowed; give a namespace"),
            ({"pod_ports": {0: "x"}}, r"pod_ports\.0: 0 is not allowed; give 1 to 65535 \(AWS-SG\)"),
            ({"egress_ports": {65536: "x"}}, r"egress_ports\.65536: 65536 is not allowed"),
            ({"node_groups": [NodeGroup(name="one", release="latest")]}, r"one\.release: .* give an image release"),
            ({"node_groups": [NodeGroup(name="one", zones=["g"])]}, r"one\.zones: g is not a zone of the network"),
            ({"node_groups": [NodeGroup(name="one", disk_gib=1)]}, r"one\.disk_gib: 1 is not allowed; give 20 to"),
            ({"bootstrap_cidrs": ["2001:db8::/32"]}, r"bootstrap_cidrs: 2001:db8::/32 is not an IPv4 network"),
            ({"log_retention_days": 7}, r"log_retention_days: 7 is not allowed; choose from 90, .*\(INH-1\)"),
        ],
    )
    def test_what_cannot_be_is_refused_by_name(self, changes: dict[str, Any], words: str) -> None:
        with pytest.raises(ArgumentError, match=words):
            dataclasses.replace(recorded_arguments(), **changes).validate()


def recorded_arguments() -> ClusterArgs:
    """Arguments with nothing but what has no default."""
    return ClusterArgs(
        context=CONTEXT,
        tags=TAGS,
        people=[person("ada", "admin")],
        vpc_id="vpc-1",
        vpc_cidr="10.40.0.0/16",
        control_plane_subnet_ids={},
        node_subnet_ids={},
        node_subnet_cidrs={},
    )


class TestCapacity:
    def test_the_default_fits_the_default_network_and_nobody_is_warned(self) -> None:
        assert recorded().warnings == []

    def test_a_shortage_is_told_with_zone_need_and_what_to_do(self) -> None:
        groups = [NodeGroup(name="one", instance_types=["m7i.4xlarge"], max_size=8)]
        graph = recorded(network={"cidr": "10.60.0.0/20"}, node_groups=groups)
        assert len(graph.warnings) == 3
        assert "zone a (10.60.0.0/23) has 507 addresses" in graph.warnings[0]
        assert f"{16 + 3 * 8 * 30} are needed" in graph.warnings[0]
        assert "wider range" in graph.warnings[0]

    def test_a_group_of_one_zone_counts_there_alone(self) -> None:
        groups = [NodeGroup(name="one", instance_types=["m7i.4xlarge"], max_size=4, zones=["b"])]
        cidrs = {zone: Plan("10.60.0.0/20").subnet("private", zone) for zone in "abc"}
        (only,) = shortages(groups, cidrs)
        assert "zone b" in only

    @given(st.integers(1, 200), st.sampled_from(["m7i.large", "m7i.xlarge", "t3.small", "x9z.mystery"]))
    def test_a_larger_group_never_needs_less(self, nodes: int, kind: str) -> None:
        cidrs = {zone: Plan("10.60.0.0/19").subnet("private", zone) for zone in "ab"}

        def short(size: int) -> bool:
            return bool(shortages([NodeGroup(name="one", instance_types=[kind], max_size=size)], cidrs))

        assert short(nodes + 1) or not short(nodes)


class TestMachines:
    @pytest.mark.parametrize(
        "kind", ["m7g.large", "c7gn.xlarge", "t4g.small", "r8gd.2xlarge", "a1.large", "g5g.xlarge"]
    )
    def test_graviton(self, kind: str) -> None:
        assert architecture(kind) == "arm64"

    @pytest.mark.parametrize(
        "kind", ["m7i.large", "c7a.xlarge", "t3.small", "g5.xlarge", "m7i-flex.large", "u-3tb1.metal"]
    )
    def test_the_rest(self, kind: str) -> None:
        assert architecture(kind) == "x86_64"

    def test_what_is_no_instance_type_is_named(self) -> None:
        with pytest.raises(ValueError, match=r"'large' is not an instance type such as m7i\.large"):
            architecture("large")

    def test_addresses_are_interfaces_times_addresses_each(self) -> None:
        assert addresses_per_node("m7i.large") == 30
        assert addresses_per_node("t3.small") == 12
        assert addresses_per_node("z9.mystery") == LARGEST[0] * LARGEST[1]


class TestVersions:
    def test_every_minor_with_addons_has_support_dates(self) -> None:
        assert eks.ADDON_VERSIONS.keys() <= eks.VERSIONS.keys()

    def test_extended_support_is_a_year_after_standard(self) -> None:
        for support in eks.VERSIONS.values():
            assert support.extended_until == support.standard_until.replace(year=support.standard_until.year + 1)

    def test_every_addon_is_pinned_to_a_build(self) -> None:
        for version, builds in eks.ADDON_VERSIONS.items():
            assert all(build.startswith("v") and "-eksbuild." in build for build in builds.values())
            assert builds["kube-proxy"].startswith(f"v{version}."), "kube-proxy follows the minor"

    @pytest.mark.parametrize(
        ("day", "standard", "patched"),
        [("2027-03-26", True, True), ("2027-03-27", False, True), ("2028-03-27", False, False)],
    )
    def test_support_ends_on_its_day(self, day: str, standard: bool, patched: bool) -> None:
        on = datetime.date.fromisoformat(day)
        assert eks.in_standard_support("1.35", on) is standard
        assert eks.supported("1.35", on) is patched

    def test_an_unknown_minor_is_not_supported(self) -> None:
        assert not eks.supported("1.99", datetime.date(2026, 1, 1))
        assert not eks.in_standard_support("1.99", datetime.date(2026, 1, 1))

    @pytest.mark.parametrize("version", ["1", "2.35", "1.x", ""])
    def test_what_is_no_version_is_named(self, version: str) -> None:
        with pytest.raises(ValueError, match=r"is not a Kubernetes version such as 1\.35"):
            eks.minor(version)

    @given(st.integers(0, 99), st.integers(0, 99))
    def test_only_a_step_of_none_or_one_passes(self, current: int, wanted: int) -> None:
        fault = eks.upgrade_fault(f"1.{current}", f"1.{wanted}")
        assert (fault is None) is (wanted - current in (0, 1))
