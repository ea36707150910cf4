"""The settings: shipped stacks load; each invalid one is refused with its key, what is allowed and the requirement."""

from __future__ import annotations

import copy
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from components.account import AccountArgs
from components.baseline.args import Quota
from components.bastion import VpnBastionArgs
from components.cluster import ClusterArgs, NodeGroup, Taint
from components.deis import Database, DeisArgs
from components.network import NetworkArgs
from components.settings import DeisSettings, Settings, SettingsError, load
from components.settings.account import AccountSettings
from components.settings.automation import AutomationSettings
from components.settings.base import Section
from components.settings.baseline import QuotaSettings
from components.settings.cluster import ClusterSettings, NodeGroupSettings, TaintSettings
from components.settings.deis import DatabaseSettings
from components.settings.network import NetworkSettings
from components.settings.vpn import VpnSettings
from tests.support.program.critical_path import Chain, chain_for

ROOT = Path(__file__).parents[2]
ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPndKL4o0NatpdOWWFf2wAPbsin6VVsA0kzV+dC5hlQX"


def stack(name: str) -> dict[str, Any]:
    """The settings of a stack's file."""
    config = yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text())["config"]
    return {key: value for key, value in config.items() if key.startswith("palisade:")}


def both(name: str) -> dict[str, Any]:
    """The settings of a foundation's and its platform's files, as one stack that holds both has them."""
    settings = {**stack(name), **stack(f"{name}-platform"), "palisade:layer": "all"}
    del settings["palisade:foundation"]
    return settings


def engine_form(config: dict[str, Any]) -> dict[str, str]:
    """As the engine hands configuration to a program: text as it is, everything else as JSON."""
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


def loaded(config: dict[str, Any], secrets: tuple[str, ...] = ()) -> Settings:
    return load(engine_form(config), secrets)


def changed(path: str, value: Any) -> dict[str, Any]:
    """The example stacks together with one value replaced (None removes it); the path is dotted, below `palisade:`."""
    config = copy.deepcopy(both("example"))
    first, *rest = path.split(".")
    at: Any = config
    keys: list[Any] = [f"palisade:{first}", *(int(key) if key.isdigit() else key for key in rest)]
    for key in keys[:-1]:
        at = at[key]
    if value is None:
        del at[keys[-1]]
    else:
        at[keys[-1]] = value
    return config


@pytest.mark.parametrize("name", ["example", "sandbox"])
def test_the_shipped_stacks_are_valid(name: str) -> None:
    foundation, platform = loaded(stack(name)), loaded(stack(f"{name}-platform"))
    assert (foundation.layer, platform.layer) == ("foundation", "platform")
    assert foundation.people[0].name == "ada"
    assert platform.deis is not None
    assert platform.deis.registration_mode == "admin_only"
    assert loaded(both(name)).people == foundation.people


def test_the_example_shows_the_defaults() -> None:
    """What the example says of a default must be the default, or readers of it are misled."""
    shown = loaded(both("example"))
    required = {
        key: value for key, value in both("example").items() if key.split(":")[1] in ("layer", "owner", "people")
    }
    defaults = loaded(required)
    assert shown.vpn == defaults.vpn
    assert shown.account == defaults.account
    assert AutomationSettings(name="ci", principal_arn="-", role="deploy").allow_shared_role is False
    assert not any(one.allow_shared_role for one in shown.automation)
    assert shown.baseline.registries == defaults.baseline.registries
    assert shown.baseline.exemptions == defaults.baseline.exemptions
    assert shown.baseline.namespaces[0].quota == QuotaSettings()
    assert shown.network == defaults.network
    assert shown.environment == defaults.environment
    assert shown.protect_data is defaults.protect_data


TRANSLATED = {"certificate", "client_ports", "database", "images", "mfa", "node_groups", "pod_ports"}
"""What a section makes something else of for its component."""


def group(citation: str, **changes: Any) -> tuple[str, Any, str, str]:
    """A case of a node group that cannot be."""
    return "cluster.nodeGroups", [{"name": "general", **changes}], "palisade:cluster.nodeGroups", citation


INVALID = {
    "a CIDR that is none": ("network.cidr", "10.40.0.0/33", "palisade:network.cidr", "AWS-SG"),
    "a CIDR with host bits": ("network.cidr", "10.40.0.1/16", "palisade:network.cidr", "AWS-SG"),
    "a public VPC": ("network.cidr", "8.8.0.0/16", "palisade:network.cidr", "AWS-SG"),
    "a VPC too small for its zones": ("network.cidr", "10.40.0.0/24", "palisade:network.cidr", "AWS-EGRESS"),
    "a VPC larger than AWS makes": ("network.cidr", "10.40.0.0/15", "palisade:network.cidr", "AWS-EGRESS"),
    "an egress domain with a star inside": (
        "network.egressDomains",
        ["api.*.example.org"],
        "palisade:network.egressDomains",
        "AWS-EGRESS",
    ),
    "a bucket by its URL": ("account.trailBucket", "s3://trail", "palisade:account.trailBucket", "name of an S3"),
    "a user as automation": (
        "automation.0.principalArn",
        "arn:aws:iam::123456789012:user/ci",
        "palisade:automation.ci-deploy.principalArn",
        "AWS-MFA",
    ),
    "a person as automation": (
        "automation.0.principalArn",
        "arn:aws:iam::123456789012:role/ada",
        "palisade:automation.ci-deploy.principalArn",
        "SSH-USER",
    ),
    "an administrators' role as automation": (
        "automation.1.principalArn",
        "arn:aws:iam::123456789012:role/Administrator",
        "palisade:automation.ci-preview.principalArn",
        "allowSharedRole",
    ),
    "automation without a role": ("automation.0.role", "admin", "palisade:automation.ci-deploy.role", "VPN-MFA"),
    "a zone twice": ("network.zones", ["a", "a", "b"], "palisade:network.zones", "AWS-EGRESS"),
    "one NAT in production": ("network.nat", "single", "palisade:network.nat", "use zone or regional (AWS-EGRESS)"),
    "a NAT of a kind that is none": (
        "network.nat",
        "zonal",
        "palisade:network.nat",
        "choose from zone, single, regional",
    ),
    "clients at public addresses": ("vpn.clientCidr", "8.8.8.0/24", "palisade:vpn.clientCidr", "private range"),
    "clients in too wide a range": ("vpn.clientCidr", "10.64.0.0/15", "palisade:vpn.clientCidr", "/16 to /28"),
    "overlapping ranges": ("vpn.clientCidr", "10.40.3.0/24", "palisade:vpn.clientCidr", "VPN-MFA"),
    "an IPv6 whitelist": ("deis.whitelist", ["2001:db8::/32"], "palisade:deis.whitelist", "DEIS-WL"),
    "a trailing comma in a whitelist": ("deis.whitelist", ["203.0.113.0/24,"], "palisade:deis.whitelist", "DEIS-WL"),
    "an address without its prefix": ("deis.whitelist", ["203.0.113.7"], "palisade:deis.whitelist", "/32"),
    "an empty whitelist": ("deis.whitelist", [], "palisade:deis.whitelist", "DEIS-WL"),
    "a whitelist of everyone": ("deis.whitelist", ["0.0.0.0/0"], "palisade:deis.whitelist", "DEIS-WL"),
    "everyone in two halves": ("deis.whitelist", ["0.0.0.0/1", "128.0.0.0/1"], "palisade:deis.whitelist", "DEIS-WL"),
    "a very wide whitelist": ("deis.whitelist", ["203.0.0.0/8"], "palisade:deis.whitelist", "allowWideWhitelist"),
    "a range twice": ("deis.whitelist", ["203.0.113.0/24"] * 2, "palisade:deis.whitelist", "DEIS-WL"),
    "an image by its tag": ("deis.images", {"router": "v2.19.0"}, "palisade:deis.images.router", "sha256"),
    "an image that is none of Deis's": ("deis.images", {"grafana": "x/y:1"}, "palisade:deis.images.grafana", "router"),
    "a domain that the router drops": ("deis.domain", "my--apps.example.org", "palisade:deis.domain", "DEIS-WL"),
    "too few backups": (
        "deis.database",
        {"backupDays": 1},
        "palisade:deis.database.backupDays",
        "give 7 to 35 (INH-4)",
    ),
    "a database that cannot grow": (
        "deis.database",
        {"largestStorageGib": 20},
        "palisade:deis.database.largestStorageGib",
        "give 22 to 65536 (INH-4)",
    ),
    "a router as root": ("deis.routerUid", 0, "palisade:deis.routerUid", "INH-4"),
    "open registration": ("deis.registrationMode", "enabled", "palisade:deis.registrationMode", "lets anyone"),
    "a misspelt registration mode": ("deis.registrationMode", "admin", "palisade:deis.registrationMode", "DEIS-REG"),
    "a person without key": ("people.0.sshKey", None, "palisade:people.ada.sshKey", "SSH-USER"),
    "an RSA key": ("people.0.sshKey", "ssh-rsa AAAAB3NzaC1yc2E", "palisade:people.ada.sshKey", "SSH-USER"),
    "a truncated key": ("people.0.sshKey", "ssh-ed25519 AAAA", "palisade:people.ada.sshKey", "SSH-USER"),
    "a key cut off in the middle": (
        "people.0.sshKey",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEVPbdXA",
        "palisade:people.ada.sshKey",
        "SSH-USER",
    ),
    "two keys": ("people.0.sshKey", "\n".join([ED25519] * 2), "palisade:people.ada.sshKey", "one line"),
    "a key of another kind than it says": (
        "people.0.sshKey",
        ED25519.replace("ssh-ed25519", "ecdsa-sha2-nistp256"),
        "palisade:people.ada.sshKey",
        "SSH-USER",
    ),
    "a key with options": ("people.0.sshKey", f"no-pty {ED25519}", "palisade:people.ada.sshKey", "SSH-USER"),
    "a broken certificate request": ("people.0.vpnCertificateRequest", "none", "palisade:people.ada.vpn", "VPN-MFA"),
    "someone else's certificate request": ("people.0.name", "eve", "palisade:people.eve", "VPN-MFA"),
    "a key from two sources": ("people.0.generateVpnKey", True, "palisade:people.ada", "VPN-MFA"),
    "a principal by its name": ("people.0.iamPrincipal", "role/ada", "palisade:people.ada.iamPrincipal", "the ARN"),
    "nobody in charge": ("people.0.role", "viewer", "palisade:people", "VPN-MFA"),
    "a layer that does not exist": ("layer", "both", "palisade:layer", "INH-4"),
    "a platform with a foundation's settings": ("layer", "platform", "palisade:people", "layer foundation"),
    "a foundation with a platform's settings": ("layer", "foundation", "palisade:deis", "layer platform"),
    "both layers on a foundation of another stack": (
        "foundation",
        "example-org/palisade/production",
        "palisade:foundation",
        "this stack holds all",
    ),
    "nobody": ("people", None, "palisade:people", "is missing"),
    "an internal Deis without git push": ("deis.balancer", "internal", "palisade:vpn.clientPorts", "2222"),
    "an unquoted version": ("cluster.version", 1.35, "palisade:cluster.version", "put it in quotes (INH-4)"),
    "a name that no load balancer takes": ("name", "n" * 21, "palisade:name", "1 to 20 lower-case letters"),
    "a name that is AWS's own": ("name", "internal-apps", "palisade:name", "internal-"),
    "a name that no database takes": ("name", "pal--isade", "palisade:name", "single dashes"),
    "a tag of AWS's": ("tags", {"aws:x": "y"}, "palisade:tags", "not starting with aws:"),
    "an empty tag": ("tags", {"x": ""}, "palisade:tags.x", "not a tag value"),
    "a tag that the program sets": ("tags", {"owner": "me"}, "palisade:tags.owner", "sets this tag itself"),
    "a VPC that is not RFC 1918's": ("network.cidr", "169.254.0.0/16", "palisade:network.cidr", "RFC 1918"),
    "a VPC where the Services are": ("network.cidr", "172.20.0.0/16", "palisade:network.cidr", "Services"),
    "VPN clients where the Services are": ("vpn.clientCidr", "172.20.4.0/24", "palisade:vpn.clientCidr", "Services"),
    "an endpoint twice": ("network.endpoints", ["sts", "sts"], "palisade:network.endpoints", "AWS-EGRESS"),
    "one zone": ("network.zones", ["a"], "palisade:network.zones", "1 zones are not enough; give 2 or more"),
    "no zone": ("network.zones", [], "palisade:network.zones", "0 zones are not enough; give 2 or more"),
    "a private bootstrap window": ("cluster.bootstrapCidrs", ["10.0.0.0/24"], "palisade:cluster.boot", "EKS refuses"),
    "operators everywhere": ("cluster.operatorNamespaces", ["*"], "palisade:cluster.operatorNamespaces", "kube-system"),
    "a port for nothing": ("cluster.podPorts", {"7000": ""}, "palisade:cluster.podPorts.7000", "what for"),
    "a port in letters that EC2 refuses": (
        "cluster.egressPorts",
        {"5432": "the team's database"},
        "palisade:cluster.egressPorts.5432",
        "AWS-EGRESS",
    ),
    "a port that is open": ("cluster.podPorts", {"53": "DNS"}, "palisade:cluster.podPorts.53", "no rule twice"),
    "a group in a zone of nobody": group("g is not a zone of the network", zones=["g"]),
    "groups that take nothing": group("CoreDNS", taints=[{"key": "gpu", "effect": "NO_SCHEDULE"}]),
    "a group of two architectures": group("share one architecture", instanceTypes=["m7i.large", "m7g.large"]),
    "a group of no instance type": group("is not an instance type", instanceTypes=["big.large"]),
    "a label of Kubernetes's": group("is reserved", labels={"node-role.kubernetes.io/worker": "yes"}),
    "a label of EKS's": group("is reserved", labels={"eks.amazonaws.com/x": "y"}),
    "a label that is none": group("no label of Kubernetes", labels={"a b": "c"}),
    "a taint that is none": group("no taint of Kubernetes", taints=[{"key": "-", "effect": "NO_SCHEDULE"}]),
    "a wide bootstrap window": (
        "cluster.bootstrapCidrs",
        ["203.0.0.0/16"],
        "palisade:cluster.bootstrapCidrs",
        "VPN-MFA",
    ),
    "sizes out of order": ("cluster.nodeGroups.0.minSize", 100, "palisade:cluster.nodeGroups.general", "minSize <="),
    "two node groups of one name": (
        "cluster.nodeGroups",
        [{"name": "general"}, {"name": "general"}],
        "palisade:cluster.nodeGroups",
        "INH-4",
    ),
    "Deis on arm64 nodes": group("Hephy publishes its images for x86_64 only", instanceTypes=["m7g.large"]),
    "a port that does not exist": ("cluster.podPorts", {65536: "x"}, "palisade:cluster.podPorts.65536", "65535"),
    "many bootstrap windows": (
        "cluster.bootstrapCidrs",
        [f"203.0.113.{one}/32" for one in range(11)],
        "palisade:cluster.bootstrapCidrs",
        "VPN-MFA",
    ),
    "an imported certificate without its chain": ("deis.certificate", "imported", "palisade:deis", "TLS-PUB"),
    "a chain that is none": ("deis.certificateChain", "x", "palisade:deis", "TLS-PUB"),
    "a registry without its password": (
        "deis.registry",
        {"hostname": "registry.example.org", "organization": "apps", "username": "deis"},
        "palisade:deisRegistryPassword",
        "--secret",
    ),
    "a registry by its URL": (
        "deis.registry",
        {"hostname": "https://registry.example.org", "organization": "apps", "username": "deis"},
        "palisade:deis.registry.hostname",
        "host name",
    ),
    "a namespace that is Deis's": ("baseline.namespaces.0.name", "deis", "palisade:baseline.namespaces", "INH-4"),
    "a privileged namespace": ("baseline.namespaces.0.level", "privileged", "palisade:baseline.namespaces", "INH-4"),
    "an amount in a quota that is none": (
        "baseline.namespaces.0.quota.memory",
        "much",
        "palisade:baseline.namespaces.shop.quota.memory",
        "16Gi",
    ),
    "a registry with a path": (
        "baseline.registries.0",
        "docker.io/library",
        "palisade:baseline.registries",
        "without a path",
    ),
    "a list of registries without Deis's": (
        "baseline.registries",
        ["registry.example.org"],
        "palisade:baseline.registries",
        "docker.io",
    ),
    "an exemption without an end": (
        "baseline.exemptions",
        [{"namespace": "scanner", "rules": ["images"], "reason": "r", "owner": "o"}],
        "palisade:baseline.exemptions.scanner.expires",
        "missing",
    ),
    "an exemption until no day": (
        "baseline.exemptions",
        [{"namespace": "scanner", "rules": ["images"], "reason": "r", "owner": "o", "expires": "soon"}],
        "palisade:baseline.exemptions.scanner.expires",
        "2027-01-31",
    ),
    "an exemption from Deis's rules": (
        "baseline.exemptions",
        [
            {
                "namespace": "scanner",
                "rules": ["deis-registration"],
                "reason": "r",
                "owner": "o",
                "expires": "2026-12-01",
            }
        ],
        "palisade:baseline.exemptions",
        "DEIS-REG",
    ),
    "an exemption for ever": (
        "baseline.exemptions",
        [{"namespace": "scanner", "rules": ["images"], "reason": "r", "owner": "o", "expires": "2099-12-01"}],
        "palisade:baseline.exemptions",
        "days ahead",
    ),
    "an unknown key": ("firewall", "off", "palisade:firewall", "Pulumi.example.yaml"),
    "an unknown key inside": ("vpn.portt", 1, "palisade:vpn.portt", "Pulumi.example.yaml"),
    "Duo at somebody else's host": (
        "vpn.mfa",
        {"kind": "duo", "apiHost": "api-0123abcd.duosecurity.com.example.org", "integrationKey": "DI" + "X" * 18},
        "palisade:vpn.mfa.apiHost",
        "duosecurity.com",
    ),
    "Duo without its secret": (
        "vpn.mfa",
        {"kind": "duo", "apiHost": "api-0123abcd.duosecurity.com", "integrationKey": "DI" + "X" * 18},
        "palisade:duoSecretKey",
        "VPN-MFA",
    ),
}


@pytest.mark.parametrize("case", INVALID)
def test_an_invalid_setting_is_named_with_its_requirement(case: str) -> None:
    path, value, key, citation = INVALID[case]
    with pytest.raises(SettingsError) as caught:
        loaded(changed(path, value))
    named = [text for fault in caught.value.faults if (text := str(fault)).startswith(key)]
    assert named, caught.value
    assert any(citation in fault for fault in named), named


def test_one_fault_is_told_once_and_shows_no_whole_section() -> None:
    for path, value in (("cluster.nodeGroups.0.diskGib", 1), ("people.0.generateVpnKey", True)):
        with pytest.raises(SettingsError) as caught:
            loaded(changed(path, value))
        (fault,) = caught.value.faults
        assert "{" not in str(fault)


def test_one_nat_gateway_will_do_where_it_is_not_production() -> None:
    assert loaded(changed("network.nat", "single") | {"palisade:environment": "development"}).network.nat == "single"


def test_a_regional_nat_gateway_will_do_in_production() -> None:
    assert loaded(changed("network.nat", "regional")).network.nat == "regional"


def test_settings_stay_as_they_were_judged() -> None:
    with pytest.raises(ValidationError):
        loaded(stack("example")).network.cidr = "0.0.0.0/0"  # type: ignore[misc] - what is tried


@pytest.mark.parametrize(
    ("section", "arguments"),
    [
        (AccountSettings, AccountArgs),
        (ClusterSettings, ClusterArgs),
        (DatabaseSettings, Database),
        (DeisSettings, DeisArgs),
        (NetworkSettings, NetworkArgs),
        (NodeGroupSettings, NodeGroup),
        (QuotaSettings, Quota),
        (TaintSettings, Taint),
        (VpnSettings, VpnBastionArgs),
    ],
)
def test_who_says_nothing_gets_what_the_component_gives(section: type[Section], arguments: type) -> None:
    given = {}
    for field in dataclasses.fields(arguments):
        default = field.default_factory() if callable(field.default_factory) else field.default
        given[field.name] = tuple(default) if isinstance(default, list | tuple) else default
    for name, field in section.model_fields.items():
        said = field.get_default(call_default_factory=True)
        if name in given and name not in TRANSLATED and not field.is_required():
            assert said == given[name], name


def test_the_baseline_gets_all_that_is_said() -> None:
    exemption = {"namespace": "scanner", "rules": ["images"], "reason": "r", "owner": "o", "expires": "2026-12-01"}
    config = changed("baseline.registries", ["registry.example.org", "docker.io"])
    config["palisade:baseline"]["exemptions"] = [exemption]
    args = loaded(config).baseline.to_args()
    assert args.registries == ("registry.example.org", "docker.io")
    assert [(one.namespace, one.rules, one.expires.isoformat()) for one in args.exemptions] == [
        ("scanner", ("images",), "2026-12-01")
    ]
    assert [one.name for one in args.namespaces] == [one["name"] for one in config["palisade:baseline"]["namespaces"]]


@pytest.mark.parametrize("entries", [["203.0.0.0/12"], [f"203.0.113.{last}/32" for last in range(51)]])
def test_a_wide_whitelist_has_to_be_asked_for_by_name(entries: list[str]) -> None:
    config = changed("deis.whitelist", entries)
    with pytest.raises(SettingsError, match="allowWideWhitelist"):
        loaded(config)
    config["palisade:deis"]["allowWideWhitelist"] = True
    deis = loaded(config).deis
    assert deis is not None
    assert list(deis.whitelist) == entries


def test_nobody_can_ask_for_everyone() -> None:
    config = changed("deis.whitelist", ["0.0.0.0/1", "128.0.0.0/1"])
    config["palisade:deis"]["allowWideWhitelist"] = True
    with pytest.raises(SettingsError, match="DEIS-WL"):
        loaded(config)


def test_all_faults_come_at_once() -> None:
    config = changed("network.cidr", "nonsense") | {"palisade:layer": "both", "palisade:firewall": "off"}
    with pytest.raises(SettingsError) as caught:
        loaded(config)
    assert {".".join(fault.path) for fault in caught.value.faults} == {
        "palisade:network.cidr",
        "palisade:layer",
        "palisade:firewall",
    }


def test_a_value_of_the_wrong_type_hides_no_other_fault() -> None:
    config = changed("deis.whitelist", None)
    config["palisade:deis"]["domain"] = "my--apps.example.org"
    config["palisade:people"][0]["role"] = "boss"
    config["palisade:people"][1]["email"] = "grace"
    config["palisade:cluster"]["nodeGroups"][0] |= {"diskGib": "big", "minSize": 100}
    config["palisade:vpn"]["clientCidr"] = "8.8.8.0/24"
    config["aws:region"] = "cn-north-1"
    with pytest.raises(SettingsError) as caught:
        loaded(config)
    assert sorted(".".join(fault.path) for fault in caught.value.faults) == [
        "aws:region",
        "palisade:cluster.nodeGroups.general.desiredSize",
        "palisade:cluster.nodeGroups.general.diskGib",
        "palisade:deis.domain",
        "palisade:deis.whitelist",
        "palisade:people.ada.role",
        "palisade:people.grace.email",
        "palisade:vpn.clientCidr",
    ]


def test_a_region_that_deis_does_not_know_is_told_with_the_settings() -> None:
    with pytest.raises(SettingsError, match=r"palisade:deis\.images: the S3 clients of .* do not accept eu-north-1"):
        loaded(changed("deis.domain", "apps.example.org") | {"aws:region": "eu-north-1"})


def test_a_secret_in_plain_text_is_refused_and_never_shown() -> None:
    config = changed("layer", "all") | {"palisade:duoSecretKey": "correct-horse-battery"}
    with pytest.raises(SettingsError, match="--secret") as caught:
        loaded(config)
    assert "correct-horse-battery" not in str(caught.value)
    assert "correct-horse-battery" not in repr(loaded(config, ("palisade:duoSecretKey",)))


def test_nobody_shares_a_key_a_name_or_a_principal() -> None:
    config = changed("layer", "all")
    config["palisade:people"].append(dict(config["palisade:people"][0]))
    with pytest.raises(SettingsError) as caught:
        loaded(config)
    text = str(caught.value)
    for key in ("name", "email", "iamPrincipal", "sshKey"):
        assert f"palisade:people.ada.{key}: " in text


class TestImportedCertificate:
    CHAIN = chain_for("apps.example.org")
    KEY = "palisade:deisCertificateKey"

    def config(self, chain: Chain, key: str) -> dict[str, Any]:
        config = changed("deis.certificate", "imported")
        config["palisade:deis"]["certificateChain"] = chain.pem
        return config | {self.KEY: key}

    def test_one_that_fits_is_taken(self) -> None:
        settings = loaded(self.config(self.CHAIN, self.CHAIN.key), (self.KEY,))
        assert settings.deis is not None
        assert settings.deis.certificate_chain == self.CHAIN.pem
        assert settings.deis_certificate_key is not None
        assert self.CHAIN.key not in repr(settings)

    def test_a_key_that_does_not_fit_is_told_without_showing_it(self) -> None:
        key = chain_for("apps.example.org").key
        with pytest.raises(SettingsError, match="palisade:deisCertificateKey: does not belong") as caught:
            loaded(self.config(self.CHAIN, key), (self.KEY,))
        assert key.splitlines()[1] not in str(caught.value)

    def test_its_key_is_never_in_plain_text(self) -> None:
        with pytest.raises(SettingsError, match="palisade:deisCertificateKey: is in plain text"):
            loaded(self.config(self.CHAIN, self.CHAIN.key))

    def test_one_of_another_domain_is_refused(self) -> None:
        chain = chain_for("example.org")
        with pytest.raises(SettingsError, match=r"it needs \*\.apps\.example\.org.*TLS-PUB"):
            loaded(self.config(chain, chain.key), (self.KEY,))

    def test_a_secret_that_nothing_uses_is_told(self) -> None:
        config = changed("layer", "all") | {self.KEY: self.CHAIN.key}
        with pytest.raises(SettingsError, match="nothing in `deis` uses it"):
            loaded(config, (self.KEY,))


def test_one_wrong_entry_is_one_fault() -> None:
    """Not a second one that says that the list is too short without it."""
    with pytest.raises(SettingsError) as caught:
        loaded(changed("network.zones", ["a", "z"]))
    assert len(caught.value.faults) == 1


def test_labels_that_people_use_pass() -> None:
    labels = {"pool": "spot", "example.org/team": "shop", "node.kubernetes.io/lifecycle": "spot", "empty": ""}
    (made,) = loaded(changed("cluster.nodeGroups", [{"name": "general", "labels": labels}])).cluster.node_groups
    assert made.to_args().labels == labels


def test_a_group_is_in_the_networks_zones_where_these_are_named() -> None:
    values = changed("network.zones", ["a", "b"])
    values["palisade:cluster"] = {"nodeGroups": [{"name": "general", "zones": ["c"]}]}
    with pytest.raises(SettingsError, match="zones: c is not a zone of the network"):
        loaded(values)
