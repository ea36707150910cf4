"""The arguments of Deis: what is refused before anything is registered, and with which words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.deis import Database, DeisArgs, Images, ImportedCertificate
from components.deis.images import S3_REGIONS, ImageName
from components.faults import ArgumentError
from policies.guidelines.deis import REGISTRATION_MODES
from tests.support.program.critical_path import chain_for
from tests.support.program.deis_of import arguments_without, of_deis
from tests.support.program.recorded import CONTEXT

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "open registration": ({"registration_mode": "enabled"}, r"registration_mode: enabled is not allowed.*DEIS-REG"),
    "a misspelt mode": ({"registration_mode": "admin-only"}, r"registration_mode: admin-only.*DEIS-REG"),
    "everyone": ({"whitelist": ["0.0.0.0/0"]}, r"whitelist: 0.0.0.0/0 lets everyone in.*DEIS-WL"),
    "everyone in halves": ({"whitelist": ["0.0.0.0/1", "128.0.0.0/1"], "allow_wide_whitelist": True}, "DEIS-WL"),
    "nobody": ({"whitelist": []}, "whitelist: no entry"),
    "IPv6": ({"whitelist": ["2001:db8::/32"]}, "IPv6"),
    "a wide range": ({"whitelist": ["203.0.0.0/12"]}, "wider than /16"),
    "a misspelt list mode": ({"whitelist_mode": "extends"}, "whitelist_mode"),
    "a domain that the router drops": ({"domain": "my--apps.example.org"}, "domain: 'my--apps"),
    "no mail address": ({"administrator_email": "ada"}, "administrator_email"),
    "a strange name": ({"administrator_username": "Ada L."}, "administrator_username"),
    "one zone": ({"database_subnet_ids": {"a": "x"}, "database_subnet_cidrs": {"a": "10.0.0.0/24"}}, "2 zones"),
    "believing everybody": ({"balancer_subnet_cidrs": dict.fromkeys("abc", "0.0.0.0/0")}, "balancer_subnet_cidrs"),
    "believing pods": (
        {"balancer_subnet_cidrs": {"a": "10.40.0.0/24", "b": "10.40.1.0/24", "c": "10.40.66.0/26"}},
        r"balancer_subnet_cidrs: 10.40.66.0/26 overlaps 10.40.66.0/24.*DEIS-WL",
    ),
    "no node port": ({"node_ports": {443: 31443}}, "node_ports"),
    "ports of others": ({"node_ports": {80: 80, 443: 443, 2222: 2222}}, "node_ports"),
    "no node group": ({"autoscaling_group_names": {}}, "autoscaling_group_names"),
    "arm64 nodes only": (
        {"node_architectures": ["arm64"]},
        r"node_architectures: Hephy publishes its images for x86_64 only, and all nodes are arm64; add.*INH-4",
    ),
    "a region that builds refuse": (
        {"context": replace(CONTEXT, region="eu-west-3")},
        r"images.overrides: the S3 clients of slugbuilder, slugrunner do not accept eu-west-3; use.*eu-west-1.*AWS-S3",
    ),
    "a region that every part refuses": (
        {"context": replace(CONTEXT, region="eu-north-1")},
        "images.overrides: the S3 clients of builder, slugbuilder, slugrunner do not accept eu-north-1",
    ),
    "such a region, with the old images by digest": (
        {
            "context": replace(CONTEXT, region="eu-west-3"),
            "images": Images(overrides=dict.fromkeys(S3_REGIONS, f"sha256:{'0' * 64}")),
        },
        "images.overrides: the S3 clients of slugbuilder, slugrunner do not accept eu-west-3",
    ),
    "overlapping Services": ({"service_cidr": "10.40.0.0/16"}, "service_cidr"),
    "a strange rotation": ({"rotation": "a b"}, "rotation"),
    "an image by its tag": ({"images": Images(overrides={"router": "v2.19.0"})}, "images.overrides.router"),
    "a controller under another name": (
        {"images": Images(overrides={"controller": "registry.example.org/deis-api:v3"})},
        "images.overrides.controller: .* keep controller at its end",
    ),
    "a registry that is none": ({"images": Images(registry="https://docker.io")}, "images.registry"),
    # RDS: "The maximum allocated storage must be increased by at least 10 percent", as quoted in
    # github.com/ministryofjustice/cloud-platform-environments, pull request 24422 (read on 2026-11-29).
    "a database with too little room": ({"database": Database(largest_storage_gib=21)}, "largest_storage_gib.*22 to"),
    "a router as root": ({"router_uid": 0}, "router_uid: 0 is not allowed; give 1 to"),
    "too few backups": ({"database": Database(backup_days=1)}, "backup_days"),
    "a database of no major version": ({"database": Database(engine_version="15.4")}, "engine_version"),
    "a certificate of others": (
        {"certificate": ImportedCertificate(chain_pem=chain_for("other.org").pem, private_key_pem="")},
        r"certificate.chain_pem: is for \*.other.org.*it needs \*.apps.example.org.*TLS-PUB",
    ),
    "a region whose root is unknown": (
        {"context": replace(CONTEXT, region="mx-central-1")},
        r"ca_pem.*https://truststore.*mx-central-1",
    ),
    "roots that are none": ({"database": Database(ca_pem="-----BEGIN")}, r"ca_pem.*root certificates in PEM"),
    "a certificate that an authority signed": (
        {"database": Database(ca_pem=chain_for("other.org").pem)},
        r"ca_pem.*root certificates in PEM",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused(case: str) -> None:
    change, text = REFUSED[case]
    with pytest.raises(ArgumentError, match=text) as caught:
        arguments_without(**change).validate()
    assert str(caught.value).startswith("DeisArgs.")


def test_images_of_ones_own_may_know_other_regions() -> None:
    own: dict[ImageName, str] = {name: f"registry.example.org/hephy/{name}:v3" for name in S3_REGIONS}
    arguments_without(context=replace(CONTEXT, region="eu-west-3"), images=Images(overrides=own)).validate()


def test_one_group_of_x86_64_is_enough() -> None:
    arguments_without(node_architectures=["arm64", "x86_64"]).validate()


def test_the_component_refuses_it_too() -> None:
    with pytest.raises(ArgumentError, match=r"DeisArgs.registration_mode: enabled is not allowed.*DEIS-REG"):
        of_deis(registration_mode="enabled")


def test_all_faults_come_at_once() -> None:
    with pytest.raises(ArgumentError, match="DEIS-REG") as caught:
        arguments_without(registration_mode="enabled", whitelist=["0.0.0.0/0"], domain="x").validate()
    assert len(str(caught.value).splitlines()) == 3


@given(st.text(max_size=12))
def test_no_other_word_is_a_registration_mode(mode: str) -> None:
    args = arguments_without(registration_mode=mode)
    if mode in REGISTRATION_MODES:
        args.validate()
    else:
        with pytest.raises(ArgumentError, match="DEIS-REG"):
            args.validate()


def test_the_defaults_are_the_hardened_values() -> None:
    fields = DeisArgs.__dataclass_fields__
    assert fields["registration_mode"].default == "admin_only"
    assert fields["whitelist_mode"].default == "override"
    assert fields["allow_wide_whitelist"].default is False
    assert fields["protect"].default is True
    assert Database().deletion_protection
    assert Database().multi_az
    arguments_without().validate()
