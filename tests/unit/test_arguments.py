"""Arguments of all components alike: faults have a place in the settings, and come before anything is registered."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args
from unittest.mock import patch

import pulumi
import pytest
from pydantic.alias_generators import to_camel

from components.account import AccountArgs
from components.alarms import AlarmTopicArgs
from components.authority import Authority, AuthorityArgs, Lifetime
from components.baseline import BaselineArgs
from components.baseline.args import TeamNamespace
from components.bastion import VpnBastionArgs
from components.certificate import IssuedByAcm, PublicCertificateArgs
from components.cluster import ClusterArgs
from components.context import AwsContext
from components.deis import Database, DeisArgs, InternalCertificate
from components.faults import ArgumentError, Arguments, Fault, Path
from components.network import NetworkArgs
from components.observability import ObservabilityArgs
from components.settings import Settings
from components.settings.base import Section
from components.settings.places import ELSEWHERE, SECTIONS, as_setting, place
from components.tags import Tags
from package.components import ARGUMENTS
from policies.kernel.requirements import LINKS
from tests.support.program import bastion_of, cluster_of, deis_of
from tests.support.program.recorded import CONTEXT, TAGS

NAMELESS = Tags(owner="", environment="sandbox", stack="test")
WRONG: dict[type, Arguments] = {
    AccountArgs: AccountArgs(context=CONTEXT, tags=NAMELESS, topic_arn="-"),
    AlarmTopicArgs: AlarmTopicArgs(context=CONTEXT, tags=TAGS, emails=[]),
    AuthorityArgs: AuthorityArgs(common_name="-", organization="-", issued=Lifetime(days=1, renewed_days_before=1)),
    BaselineArgs: BaselineArgs(namespaces=[TeamNamespace(name="kube-system")]),
    NetworkArgs: NetworkArgs(context=CONTEXT, tags=TAGS, cidr="8.8.0.0/16"),
    ObservabilityArgs: ObservabilityArgs(
        context=CONTEXT, tags=NAMELESS, cluster_name="-", audit_log_group="-", topic_arn="-"
    ),
    PublicCertificateArgs: PublicCertificateArgs(
        tags=TAGS, domain="*", source=IssuedByAcm(hosted_zone_id="Z0123456789ABCDEFGHIJ")
    ),
    ClusterArgs: cluster_of.plain(version="1"),
    VpnBastionArgs: bastion_of.arguments(port=0),
    DeisArgs: deis_of.arguments_without(whitelist=["0.0.0.0/0"]),
}
NO_SETTINGS: Final[Mapping[type, frozenset[str]]] = {
    AccountArgs: frozenset({"topic_arn", "trail_bucket_exists", "log_retention_days"}),
    AlarmTopicArgs: frozenset(),
    BaselineArgs: frozenset({"kubernetes_after", "today"}),
    ClusterArgs: frozenset(
        {
            "control_plane_log_exists", "control_plane_subnet_ids", "node_subnet_cidrs", "node_subnet_ids",
            "nodes_after", "vpc_id",
        }
    ),
    DeisArgs: frozenset(
        {
            "api_cidrs", "application_log_group_name", "autoscaling_group_names", "balancer_subnet_cidrs",
            "balancer_subnet_ids", "cluster_name", "controller_replicas", "database_subnet_cidrs",
            "database_subnet_ids", "kubernetes_after", "log_retention_days", "node_ports", "node_security_group_id",
            "router_replicas", "topic_arn", "vpc_id", "vpn_addresses",
        }
    ),
    NetworkArgs: frozenset(),
    ObservabilityArgs: frozenset(
        {"application_log_group", "audit_log_group", "cluster_name", "topic_arn", "vpn_log_group"}
    ),
    PublicCertificateArgs: frozenset({"topic_arn"}),
    VpnBastionArgs: frozenset(
        {
            "api_security_group_ids", "client_ports", "log_retention_days", "public_subnet_ids", "resolver",
            "topic_arn", "vpc_id",
        }
    ),
    AwsContext: frozenset({"account_id", "partition"}),
    Database: frozenset({"engine_version", "storage_gib"}),
    InternalCertificate: frozenset({"organization"}),
    Tags: frozenset({"stack"}),
}  # fmt: skip
"""Arguments that the program decides, from other components or by itself."""
COMPONENTS: dict[type, type] = {**ARGUMENTS, Authority: AuthorityArgs}


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.__name__)
def test_nothing_is_registered_with_arguments_that_are_not_allowed(component: type) -> None:
    registered = AssertionError("something was registered")
    with patch.object(pulumi.Resource, "__init__", side_effect=registered), pytest.raises(ArgumentError) as caught:
        component("x", WRONG[COMPONENTS[component]])
    assert str(caught.value).startswith(f"{COMPONENTS[component].__name__}.")
    assert {fault.requirement for fault in caught.value.faults} <= LINKS.keys()


def test_a_fault_is_a_sentence() -> None:
    fault = Fault(("api_cidrs",), "0.0.0.0/0 is not allowed", "give the VPN's range", "AWS-SG")
    error = ArgumentError("ClusterArgs", [fault])
    assert str(error) == "ClusterArgs.api_cidrs: 0.0.0.0/0 is not allowed; give the VPN's range (AWS-SG)"
    assert isinstance(error, pulumi.RunError)


def inner(annotation: Any) -> Iterator[type]:
    """The dataclasses that an annotation holds."""
    if inspect.isclass(annotation) and dataclasses.is_dataclass(annotation):
        yield annotation
    for member in get_args(annotation):
        yield from inner(member)


def paths(owner: type) -> Iterator[Path]:
    """Every argument that is a setting, down to the last; entries of lists are called `one`."""
    hints = inspect.get_annotations(owner, eval_str=True)
    for field in dataclasses.fields(owner):
        if field.name in NO_SETTINGS.get(owner, ()):
            continue
        below = [*inner(hints[field.name])]
        entry = ("one",) if "Sequence" in str(hints[field.name]) and below else ()
        if not below:
            yield (field.name,)
        for one in below:
            yield from ((field.name, *entry, *path) for path in paths(one))


def exists(path: Path) -> bool:
    """Whether the settings have a setting of that path."""
    if path == ("aws:region",):
        return True
    first, *rest = path
    at: Any = Settings
    for key in (first.removeprefix("palisade:"), *rest):
        sections = list(sections_of(at))
        if not sections:
            return at is not None and key == "<name>"
        fields = {to_camel(name): field for one in sections for name, field in one.model_fields.items()}
        if key in ("one", "<name>"):
            continue
        if key not in fields:
            return False
        at = fields[key].annotation
    return True


def sections_of(annotation: Any) -> Iterator[type[Section]]:
    if inspect.isclass(annotation) and issubclass(annotation, Section):
        yield annotation
    for member in get_args(annotation):
        yield from sections_of(member)


@pytest.mark.parametrize("owner", SECTIONS, ids=lambda owner: owner.__name__)
def test_every_argument_has_its_place_in_the_settings_or_is_none(owner: type) -> None:
    assert NO_SETTINGS[owner] <= {field.name for field in dataclasses.fields(owner)}
    strange = {path: place(owner, path) for path in paths(owner) if not exists(place(owner, path))}
    assert strange == {}
    for path in ELSEWHERE.get(owner, {}):
        assert path in {found[: len(path)] for found in paths(owner)}, path


def test_a_fault_of_arguments_becomes_one_of_settings() -> None:
    fault = Fault(("node_groups", "my_pool", "min_size"), "3", "sizes must be `min_size` <= `max_size`", "INH-4")
    made = as_setting(ClusterArgs, fault)
    assert made.path == ("palisade:cluster", "nodeGroups", "my_pool", "minSize")
    assert made.allowed == "sizes must be minSize <= maxSize"


def registered(component: type) -> dict[str, str]:
    """Key -> attribute of what a component registers as its outputs."""
    tree = ast.parse(inspect.getsource(inspect.getmodule(component)))  # type: ignore[arg-type]
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "register_outputs"
    ]
    (outputs,) = (call.args[0] for call in calls)
    assert isinstance(outputs, ast.Dict)
    found = {}
    for key, value in zip(outputs.keys, outputs.values, strict=True):
        (attribute,) = (
            node.attr
            for node in ast.walk(value)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
        )
        found[ast.literal_eval(key)] = attribute  # type: ignore[arg-type]
    return found


def holds_resources(annotation: Any) -> bool:
    members = (annotation, *get_args(annotation))
    return any(inspect.isclass(one) and issubclass(one, pulumi.Resource) for one in members)


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.__name__)
def test_every_public_output_is_registered_in_one_spelling(component: type) -> None:
    attributes = {
        name
        for name, annotation in inspect.get_annotations(component, eval_str=True).items()
        if not name.startswith("_") and not holds_resources(annotation)
    }
    assert registered(component) == {to_camel(name): name for name in attributes}
