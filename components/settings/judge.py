"""Validate settings of the right types: faults of the components, and contradictions between sections.

The components' arguments own the rules. They are created here as in `__main__`, with placeholders for values known only
during an update, validated, and discarded.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, get_args

from pydantic.alias_generators import to_camel

from components.cluster import ClusterArgs, architectures
from components.context import AwsContext
from components.deis.images import TAGS
from components.faults import ArgumentError, Arguments, Fault, unless_matching
from components.foundation import Layer
from components.network import NetworkArgs
from components.network.plan import TIERS, ZONE_LETTERS, Plan, range_faults
from components.observability import ObservabilityArgs
from components.people import name_faults
from components.settings.base import plain, setting
from components.settings.deis import DeisSettings
from components.settings.model import Settings
from components.settings.places import as_setting
from components.settings.vpn import DuoSettings
from policies.guidelines.cidr import network
from policies.guidelines.deis import GIT_PORT
from policies.guidelines.images import listed, parts

NAME: Final = re.compile(r"(?=.{1,20}$)(?!internal-)[a-z][a-z0-9]*(-[a-z0-9]+)*")
REGION: Final = "eu-west-1"
"""A region in which everything is offered, where a stack does not name its own."""
RANGE: Final = "192.168.240.0/20"
"""Stands for the VPC's range where that is none."""
SERVICES: Final = ipaddress.IPv4Network(ClusterArgs.service_cidr)


def settings_faults(settings: Settings, region: str | None, *, knows_layer: bool = True) -> Iterator[Fault]:
    """Each fault once, with the path of its setting.

    Args:
        settings: settings of the right types.
        region: the stack's `aws:region`; None if it is missing; the components then check the values that depend on it.
        knows_layer: whether the stack's layer is valid; otherwise a placeholder is used.
    """
    if knows_layer:
        yield from _layer_faults(settings)
    yield from _own_faults(settings)
    missing = [*_secret_faults(settings), *_certificate_faults(settings)]
    yield from missing
    try:
        context = _context(region or REGION)
    except ArgumentError as error:
        yield from (replace(fault, path=("aws:region",)) for fault in error.faults)
        context = _context(REGION)
    judged = [
        as_setting(type(arguments), fault, name)
        for name, arguments in _arguments(settings, context)
        for fault in arguments.faults()
    ]
    # Missing or duplicate settings are not validated further.
    unjudged = {fault.path for fault in missing}
    yield from (fault for fault in dict.fromkeys(judged) if fault.path not in unjudged)


def _context(region: str) -> AwsContext:
    prefixes = {"us-gov-": "aws-us-gov", "cn-": "aws-cn", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b"}
    partition = next((name for prefix, name in prefixes.items() if region.startswith(prefix)), "aws")
    return AwsContext(account_id="0" * 12, region=region, partition=partition)


def _arguments(settings: Settings, context: AwsContext) -> Iterator[tuple[str, Arguments]]:
    """(Name of the entry, arguments) of every configured component."""
    shared: dict[str, Any] = {"context": context, "tags": settings.tags_to_args("-")}
    if settings.has_foundation:
        yield from _foundation_arguments(settings, shared)
    if settings.has_platform:
        yield from _platform_arguments(settings, shared)


def _foundation_arguments(settings: Settings, shared: dict[str, Any]) -> Iterator[tuple[str, Arguments]]:
    people = [person.to_args() for person in settings.people]
    made = settings.network.to_args(**shared)
    nets = _subnets(made)
    yield "", made
    # Every administrator is a subscriber; the cluster's arguments require at least one.
    yield "", settings.alerts.to_args([] if settings.alerts.emails else ["-@example.org"], **shared)
    readers = settings.alerts.secret_readers
    yield (
        "",
        ObservabilityArgs(cluster_name="-", audit_log_group="-", topic_arn="-", secret_readers=readers, **shared),
    )
    yield "", settings.account.to_args(topic_arn="-", **shared)
    yield (
        "",
        settings.cluster.to_args(
            people=people,
            automation=[principal.to_args() for principal in settings.automation],
            vpc_id="-",
            vpc_cidr=nets["vpc"],
            control_plane_subnet_ids=nets["intra"],
            node_subnet_ids=nets["private"],
            node_subnet_cidrs=nets["private"],
            **shared,
        ),
    )
    yield (
        "",
        settings.vpn.to_args(
            mfa=settings.vpn.mfa_to_args(settings.duo_secret_key, plain),
            people=people,
            vpc_id="-",
            public_subnet_ids=nets["public"],
            private_cidrs=[nets["vpc"]],
            resolver=Plan(nets["vpc"]).resolver,
            **shared,
        ),
    )
    for certificate in settings.certificates:
        key = settings.certificate_keys.get(certificate.name)
        yield certificate.name, certificate.to_args(key, plain, tags=shared["tags"])


def _platform_arguments(settings: Settings, shared: dict[str, Any]) -> Iterator[tuple[str, Arguments]]:
    """Arguments of the platform, in a network of the default settings: the real network is known later."""
    groups = [group.to_args() for group in settings.cluster.node_groups]
    nets = _subnets(settings.network.to_args(**shared))
    yield "", settings.baseline.to_args()
    if settings.deis is not None:
        faulty = any(fault for group in groups for fault in group.faults())
        balancer = "intra" if settings.deis.is_internal else "public"
        yield (
            "",
            settings.deis.to_args(
                settings.deis_secrets(plain),
                protect=settings.protect_data,
                vpc_id="-",
                vpc_cidr=nets["vpc"],
                database_subnet_ids=nets["private"],
                database_subnet_cidrs=nets["private"],
                balancer_subnet_ids=nets[balancer],
                balancer_subnet_cidrs=nets[balancer],
                api_cidrs=tuple(nets["intra"].values()),
                node_security_group_id="-",
                autoscaling_group_names={"-": "-"},
                node_architectures=() if faulty else architectures(groups),
                **shared,
            ),
        )


def _subnets(made: NetworkArgs) -> dict[str, Any]:
    """Zone -> range of each tier, and the VPC's own range, as in the network."""
    cidr = RANGE if any(range_faults(made.cidr)) else made.cidr
    plan, zones = Plan(cidr), [zone for zone in made.zones or ZONE_LETTERS if zone in tuple(ZONE_LETTERS)]
    if len(zones) < 2:  # noqa: PLR2004 - that there are too few is the network's fault, and nobody else's
        zones = [*ZONE_LETTERS]
    return {"vpc": cidr, **{tier: {zone: plan.subnet(tier, zone) for zone in zones} for tier in TIERS}}


def _layer_faults(settings: Settings) -> Iterator[Fault]:
    """Settings of the other layer, and missing settings of this layer."""
    for name in sorted(settings.model_fields_set):
        if not settings.fits(name, settings.layer):
            other = next(layer for layer in get_args(Layer) if settings.fits(name, layer))
            found = f"is a setting of the layer {other}, and this stack holds {settings.layer}"
            yield Fault(setting(to_camel(name)), found, "move it to a stack of that layer, or remove it", "INH-4")
    if settings.layer == "platform" and settings.foundation is None:
        allowed = "name the foundation's stack, such as example-org/palisade/production"
        yield Fault(setting("foundation"), "is missing", allowed, "INH-4")
    if settings.has_foundation and not settings.people:
        yield Fault(setting("people"), "is missing", "see Pulumi.example.yaml for an example", "SSH-USER")
    if settings.layer == "all" and settings.deis is not None:
        yield from client_port_faults(settings.deis, settings.vpn.client_ports)


def client_port_faults(deis: DeisSettings, ports: Collection[int]) -> Iterator[Fault]:
    """Faults of an internal Deis that the VPN would not reach; `ports` are those that the foundation opens."""
    if deis.is_internal and GIT_PORT not in ports:
        found = f"an internal Deis takes git push from the VPN on {GIT_PORT}, which the VPN does not let through"
        allowed = f'set it in the foundation to {{{GIT_PORT}: "git push"}}'
        yield Fault(setting("vpn", "clientPorts"), found, allowed, "DEIS-WL")


def _own_faults(settings: Settings) -> Iterator[Fault]:
    """Faults that no component can know: names, and conflicts between the sections and their secrets."""
    allowed = (
        "1 to 20 lower-case letters and digits, single dashes between them, starting with a letter but not with"
        " internal-: AWS takes no other load balancers and databases that are called after it"
    )
    yield from unless_matching(setting("name"), settings.name, NAME, allowed, "INH-4")
    if settings.environment == "production" and settings.network.nat == "single":
        found = "single is not allowed in production"
        yield Fault(setting("network", "nat"), found, "use zone or regional", "AWS-EGRESS")
    clients = network(settings.vpn.client_cidr)
    if clients is not None and clients.overlaps(SERVICES):
        found = f"{clients} overlaps {SERVICES}, the cluster's Services"
        yield Fault(setting("vpn", "clientCidr"), found, "choose another range", "AWS-SG")
    yield from _image_faults(settings)


def _secret_faults(settings: Settings) -> Iterator[Fault]:
    deis = settings.deis
    needs = {
        "duoSecretKey": (settings.duo_secret_key, isinstance(settings.vpn.mfa, DuoSettings), "VPN-MFA"),
        "deisCertificateKey": (
            settings.deis_certificate_key, deis is not None and deis.certificate_chain is not None, "TLS-PUB"
        ),
        "deisRegistryPassword": (
            settings.deis_registry_password, deis is not None and deis.registry is not None, "INH-4"
        ),
    }  # fmt: skip
    for key, (value, needed, requirement) in needs.items():
        if needed and value is None:
            allowed = f"run `pulumi config set --secret palisade:{key}`"
            yield Fault(setting(key), "is missing", allowed, requirement)
        # Duo's key may stay while people test the other factor.
        elif value is not None and not needed and key != "duoSecretKey":
            yield Fault(setting(key), "nothing in `deis` uses it", "remove it", requirement)


def _certificate_faults(settings: Settings) -> Iterator[Fault]:
    deis, keys = settings.deis, settings.certificate_keys
    if deis is not None and (deis.certificate == "imported") != (deis.certificate_chain is not None):
        found = "`certificateChain` and `certificate: imported` belong together"
        yield Fault(setting("deis", "certificate"), found, "give both or neither", "TLS-PUB")
    bought: Mapping[str, bool] = {one.name: one.chain is not None for one in settings.certificates}
    for one in settings.certificates:
        path = setting("certificates", one.name)
        yield from name_faults((*path, "name"), one.name, "TLS-PUB")
        if (one.zone_id is None) == (one.chain is None):
            found, at = ("there is no source", "zoneId") if one.chain is None else ("there are two sources", "chain")
            allowed = "give either zoneId (ACM issues it) or chain (it was bought; its key is in certificateKeys)"
            yield Fault((*path, at), found, allowed, "TLS-PUB")
        if one.chain is not None and one.name not in keys:
            allowed = f"run `pulumi config set --secret --path 'palisade:certificateKeys.{one.name}'`"
            yield Fault(setting("certificateKeys", one.name), "is missing", allowed, "TLS-PUB")
    if len(bought) != len(settings.certificates):
        yield Fault(setting("certificates"), "two have the same name", "give each its own", "TLS-PUB")
    for name in keys:
        if not bought.get(name):
            found = "no entry of certificates with a chain has that name"
            yield Fault(setting("certificateKeys", name), found, "remove it", "TLS-PUB")


def _image_faults(settings: Settings) -> Iterator[Fault]:
    """Images of Deis that the cluster's own rules would refuse."""
    deis, registries = settings.deis, settings.baseline.registries
    if deis is None:
        return
    images = deis.images_to_args()
    used = [images.reference(name) for name in TAGS]
    if deis.registry is not None:
        used.append(f"{deis.registry.hostname}/{deis.registry.organization}")
    strange = {parts(image)[0]: image for image in reversed(used) if not listed(parts(image)[0], registries)}
    for registry, image in strange.items():
        found = f"{image} of Deis comes from {registry}, which is not among them"
        yield Fault(setting("baseline", "registries"), found, "add it", "INH-4")
