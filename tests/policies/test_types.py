"""The cases speak the language of the SDKs: their types exist, and have the properties that the cases give them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from typing import Any

import pulumi_aws
import pulumi_kubernetes
import pulumi_tls
import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from policies.kernel.cases import Item
from policies.kernel.kinds import Kinds, kind_of
from policies.kernel.policy import ROOT
from policies.registry import POLICIES, cases
from policies.rules.account.regions import PROVIDERS
from policies.rules.compute.instances import ALL_LAUNCHERS
from policies.rules.data import sharing
from policies.rules.data.databases import DATABASES, GRAPH, REACHED, SOURCES
from policies.rules.data.public_access import POINTS
from policies.rules.eks.nodes import ATTACHING
from policies.rules.eks.resources import NATIVE
from policies.rules.iam import permissions
from policies.rules.iam.attachments import ATTACHED
from policies.rules.network import ways_in
from policies.rules.pack.closed_world_cases import CASES as CLOSED_WORLD
from policies.rules.pack.coverage import Programs
from policies.rules.pack.providers import ALLOWED
from policies.rules.workloads.pods import DEPLOYMENT
from sandbox.providers.schema import check_inputs, resource_type
from tests.support.policies.tokens import properties, tokens

KNOWN = tokens(pulumi_aws) | tokens(pulumi_kubernetes) | tokens(pulumi_tls)


def items() -> Iterator[tuple[str, Item]]:
    # What is refused for its type has no class here.
    for policy, of_policy in cases().items():
        if policy in CLOSED_WORLD:
            continue
        for case in of_policy:
            for item in case.items:
                yield f"{policy}-{case.name}", item


def test_the_types_of_aws_exist() -> None:
    named = {type_ for policy in POLICIES if isinstance(policy.types, frozenset) for type_ in policy.types}
    strange = {type_ for type_ in named | ALL_LAUNCHERS if type_.startswith(("aws:", "tls:"))} - KNOWN
    assert not strange


def test_the_types_of_cases_exist() -> None:
    no_class = {
        "kubernetes:core/v1:List",
        "kubernetes:gateway.networking.k8s.io/v1:Gateway",
        "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
        "kubernetes:gateway.networking.k8s.io/v1alpha2:TCPRoute",
        ROOT,
        *PROVIDERS,
        *ALLOWED,
    }
    strange = {item.type for _, item in items()} - KNOWN - NATIVE - no_class
    of_operators = {type_ for type_ in strange if (kind := kind_of(type_)) and kind.custom}
    assert not {type_ for type_ in strange - of_operators if type_ not in Programs()}


def test_a_policy_judges_the_types_of_its_cases() -> None:
    by_id = {policy.id: policy for policy in POLICIES}
    for policy, of_policy in cases().items():
        for case in of_policy:
            if case.expected != "pass":
                assert any(item.type in by_id[policy].types for item in case.items), f"{policy} {case.name}"


OF_SDKS = [pytest.param(item, id=name) for name, item in items() if item.type[:4] in ("aws:", "tls:")]


@pytest.mark.parametrize("item", OF_SDKS)
def test_the_properties_exist(item: Item) -> None:
    kind = resource_type(item.type)
    assert kind is not None
    # A stack policy sees what the provider has told, too.
    given = {key: value for key, value in item.props.items() if key not in {"id", *kind.outputs} - kind.inputs.keys()}
    assert not [fault for fault in check_inputs(kind, given) if "has no" in fault.reason]


@pytest.mark.parametrize(
    ("token", "name"),
    [
        *ATTACHED.items(),
        *ATTACHING.items(),
        *((token, path.split(".")[0]) for token, paths in permissions.DOCUMENTS.items() for path in paths),
        *((token, path.split(".")[0]) for token, paths in sharing.DOCUMENTS.items() for path in paths),
        *((token, path.split(".")[0]) for token, (path, _) in sharing.WORDS.items()),
        *((token, path[0]) for token, path in POINTS.items()),
        *DATABASES.items(),
        *SOURCES.items(),
        *((token, "publiclyAccessible") for token in sorted(REACHED - {GRAPH})),
    ],
)
def test_the_properties_of_tables_exist(token: str, name: str) -> None:
    kind = resource_type(token)
    assert kind is not None
    assert name in kind.inputs


@pytest.mark.parametrize(
    ("token", "path"),
    [
        *((token, must.path) for token, must in ways_in.SWITCHES.items()),
        *((token, f"{path}.0") for token, path in (ways_in.FILLED | ways_in.EMPTY).items()),
        *ways_in.PEERS.items(),
    ],
)
def test_the_paths_of_tables_exist(token: str, path: str) -> None:
    kind = resource_type(token)
    assert kind is not None
    given: Any = "x"
    for key in reversed(path.split(".")):
        given = [given] if key == "0" else {key: given}
    assert not [fault for fault in check_inputs(kind, given) if "has no" in fault.reason]


NATIVE_ITEMS = [pytest.param(item, id=name) for name, item in items() if item.type in NATIVE]


@pytest.mark.parametrize("item", NATIVE_ITEMS)
def test_the_properties_of_aws_native_are_those_of_cloudformation(item: Item) -> None:
    """The package is made from CloudFormation's schemas, with names that begin in lower case."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-central-1", f"AWS::EKS::{item.type.rpartition(':')[2]}")
    assert not list(_strange(schema.schema, schema.schema, item.props))


def _names(whole: Any, schema: Any, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """The names of all properties in a schema, as aws-native spells them."""
    reference = schema.get("$ref", "")
    if reference in seen:
        return
    if reference:
        schema, seen = whole["definitions"][reference.rpartition("/")[2]], seen | {reference}
    for name, inner in schema.get("properties", {}).items():
        yield f"{name[0].lower()}{name[1:]}"
        yield from _names(whole, inner, seen)
    if "items" in schema:
        yield from _names(whole, schema["items"], seen)


CLOUD_FORMATION = {"Nodegroup": "NodeGroup"}
"""aws-native's name of a type -> that of the aws package, where it is another."""


@pytest.mark.parametrize("token", sorted(NATIVE))
def test_the_fix_for_aws_native_names_its_properties(token: str) -> None:
    kind = token.rpartition(":")[2]
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-central-1", f"AWS::EKS::{kind}").schema
    name = CLOUD_FORMATION.get(kind, kind)
    bridged = resource_type(f"aws:eks/{name[0].lower()}{name[1:]}:{name}")
    assert bridged is not None
    theirs = {*bridged.inputs, *(inner for of in bridged.inputs.values() for inner in properties(of, set()))}
    for policy in POLICIES:
        if isinstance(policy.types, Set) and token in policy.types:
            words = {word for word in re.findall(r"\w+", policy.fix) if not word.islower()}
            assert words & theirs <= set(_names(schema, schema)), policy.id


def _strange(whole: Any, schema: Any, given: Any) -> Iterator[str]:
    """Names in an object that its schema has not."""
    while "$ref" in schema:
        schema = whole["definitions"][schema["$ref"].rpartition("/")[2]]
    if isinstance(given, list):
        for one in given:
            yield from _strange(whole, schema["items"], one)
    elif isinstance(given, dict):
        for name, value in given.items():
            known = schema["properties"].get(f"{name[0].upper()}{name[1:]}")
            if known is None:
                yield name
            else:
                yield from _strange(whole, known, value)


class TestKinds:
    @pytest.mark.parametrize("kinds", [policy.types for policy in POLICIES if isinstance(policy.types, Kinds)])
    def test_every_version_patch_and_list_of_the_sdk_is_judged(self, kinds: Kinds) -> None:
        for token in KNOWN:
            kind = kind_of(token)
            if kind and kind.kind in kinds and kind.group in kinds.groups(kind.kind):
                assert token in kinds

    def test_a_kind_of_another_group_is_judged_only_for_the_pod_that_it_describes(self) -> None:
        for policy in POLICIES:
            if isinstance(policy.types, Kinds):
                token = "kubernetes:serving.knative.dev/v1:Service"
                assert (token in policy.types) is (DEPLOYMENT in policy.types)
