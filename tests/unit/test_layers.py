"""Two layers: the output of the foundation, its validation by the platform, and the resources of each stack."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
import yaml

from components.context import AwsContext
from components.foundation import OUTPUT, VERSION, FoundationError, foundation_from
from components.layers import LayerError, in_use, refuse_change
from components.settings import SettingsError, load
from policies.kernel.cases import Item
from policies.kernel.policy import ADVISORY
from policies.registry import POLICIES
from sandbox.engine.identities import REGION
from sandbox.engine.stack import ROOT
from sandbox.providers.mocks import Registered, Run
from tests.support.policies.sdk_harness import outcome
from tests.support.program.whole_program import FOUNDATION_STACK, program, temporary_aws

CONTEXT = AwsContext(account_id="123456789012", region=REGION, partition="aws")
STACK = "example-org/palisade/production"
PLATFORM = ("palisade:baseline:", "palisade:deis:", "palisade:layers:PlatformAttachment", "pulumi:providers:")
"""Components of the platform, and its provider."""
ENVIRONMENTS = sorted((ROOT / "examples" / "environments").glob("Pulumi.*.yaml"))


@pytest.fixture(scope="module")
def runs() -> Iterator[dict[str, Run]]:
    """The program in each layer, the platform on the output of the foundation."""
    with temporary_aws():
        foundation = program(layer="foundation")
        stacks = {FOUNDATION_STACK: foundation.exports}
        yield {
            "all": program(preview=True),
            "foundation": foundation,
            "platform": program(layer="platform", stacks=stacks),
        }


def resources(run: Run) -> set[tuple[str, str]]:
    """(Path of types, name) of what a run registered."""
    return {(each.urn.split("::")[2], each.name) for each in run.resources}


def test_the_layers_together_are_all(runs: dict[str, Run]) -> None:
    of = {layer: resources(run) for layer, run in runs.items()}
    record = {("palisade:layers:StackLayer", "layer")}
    assert of["foundation"] & of["platform"] == record
    guard = {("palisade:layers:DestroyGuard", "palisade-in-use")}
    marker = {("palisade:layers:PlatformAttachment$aws:ssm/parameter:Parameter", "palisade-platform-marker")}
    assert (of["foundation"] - guard) | (of["platform"] - marker) == of["all"]
    assert {each for each in of["all"] if each[0].startswith(PLATFORM)} == of["platform"] - marker - record


def test_nothing_of_the_platform_is_planned_anew_where_it_comes_from_another_stack(runs: dict[str, Run]) -> None:
    """Names, ports and ranges are those of one stack: only what AWS chose arrives as values."""
    one, two = (
        {each.urn.partition("::palisade::")[2]: each for each in runs[of].resources} for of in ("all", "platform")
    )
    for urn, each in two.items():
        if each.type.startswith("kubernetes:") and urn in one:
            metadata = [dict(run.inputs.get("metadata") or {}) for run in (one[urn], each)]
            assert metadata[0].get("name") == metadata[1].get("name")


def test_the_guard_goes_before_everything_else(runs: dict[str, Run]) -> None:
    guard = runs["foundation"].named("palisade-in-use")
    after = set(guard.depends_on)
    missing = [each.urn for each in runs["foundation"].resources if each.request.custom and each.urn not in after]
    assert not missing


def test_what_is_handed_on_holds_no_secret(runs: dict[str, Run]) -> None:
    run = runs["foundation"]
    assert OUTPUT not in run.secret_exports
    text = json.dumps(run.exports[OUTPUT])
    assert "PRIVATE KEY" not in text
    for name in run.secret_exports:
        for value in re.findall(r'"([^"]{16,})"', json.dumps(run.exports[name])):
            assert value not in text


@pytest.mark.parametrize("layer", ["foundation", "platform"])
def test_the_pack_takes_each_layer_alone(runs: dict[str, Run], layer: str) -> None:
    """Rules of a whole stack too, to which the other layer's security groups and subnets are only IDs."""

    def item(each: Registered, props: dict[str, Any]) -> Item:
        name, component = f"{each.type}::{each.name}", not each.request.custom
        return Item(type=each.type, name=name, urn=each.urn, component=component, props=props)

    resources = [each for each in runs[layer].resources if not each.type.startswith("pulumi:providers:")]
    inputs = [item(each, each.inputs) for each in resources]
    whole = tuple(item(each, {"id": each.id, **each.inputs, **each.outputs}) for each in resources)
    found = []
    for policy in POLICIES:
        if policy.level is not ADVISORY:
            judged = [(item,) for item in inputs if item.type in policy.types] if policy.rule else [whole]
            found += [text for items in judged for text in outcome(policy, items).violations]
    assert not found


BROKEN: dict[str, tuple[dict[str, Any] | None, str]] = {
    "no object": (None, "has no output `foundation`; run `pulumi up --stack"),
    "an older one": ({"version": VERSION - 1}, f"version {VERSION - 1} .* with this version of the program first"),
    "a newer one": ({"version": VERSION + 1.0}, f"version {VERSION + 1} .* version of the program that"),
    "none that says": ({"version": None}, "version null"),
    "a value that is missing": ({"vpcId": None}, "has an output `foundation` without vpcId; run `pulumi up"),
    "another region": ({"context": {"accountId": "123456789012", "region": "eu-west-1"}}, "eu-west-1.*set aws:region"),
    "another account": ({"context": {"accountId": "210987654321", "region": REGION}}, "210987654321.*credentials"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_cannot_be_used_is_one_error_with_the_way_out(runs: dict[str, Run], case: str) -> None:
    change, words = BROKEN[case]
    outputs = {"layer": "foundation"}
    if change is not None:
        outputs |= {OUTPUT: {**runs["foundation"].exports[OUTPUT], **change}}
    with pytest.raises(FoundationError, match=words) as refused:
        foundation_from(STACK, outputs, CONTEXT)
    text = str(refused.value)
    assert text.startswith(f"palisade:foundation: {STACK} ")
    assert text.endswith("Nothing was registered (INH-4)")


@pytest.mark.parametrize("layer", ["platform", "all"])
def test_a_stack_of_another_layer_is_no_foundation(layer: str) -> None:
    with pytest.raises(FoundationError, match=f"holds the layer {layer}; name a stack"):
        foundation_from(STACK, {"layer": layer}, CONTEXT)


def test_what_arrives_is_what_was_handed_on(runs: dict[str, Run]) -> None:
    handed_on = runs["foundation"].exports[OUTPUT]
    arrived = foundation_from(STACK, {"layer": "foundation", OUTPUT: json.loads(json.dumps(handed_on))}, CONTEXT)
    assert json.loads(json.dumps(arrived.exported())) == handed_on


# A program that ends in the middle leaves its own coroutines behind, which the interpreter remarks upon.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_internal_deis_needs_its_port_in_the_foundation(runs: dict[str, Run]) -> None:
    deis = {"domain": "deis.example.org", "administrator": {"email": "a@example.org"}, "whitelist": ["10.99.0.0/24"]}
    stacks = {FOUNDATION_STACK: runs["foundation"].exports}
    with pytest.raises(SettingsError, match=r"palisade:vpn\.clientPorts: .*2222"):
        program(layer="platform", preview=True, stacks=stacks, deis={**deis, "balancer": "internal"})


def test_a_layer_is_kept_and_a_foundation_in_use_names_the_ways_out() -> None:
    same = pulumi.ResourceHookArgs("", "", "", "", {"layer": "foundation"}, {"layer": "foundation"})
    refuse_change(same)
    other = pulumi.ResourceHookArgs("", "", "", "", {"layer": "all"}, {"layer": "foundation"})
    with pytest.raises(LayerError, match="holds the layer foundation and cannot become all"):
        refuse_change(other)
    assert "pulumi config set palisade:abandonedPlatform a/b/c" in in_use(["a/b/c"])


def environment(path: Any) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())["config"]


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.name)
def test_an_environment_of_the_example_is_valid(path: Any) -> None:
    config = environment(path)
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    settings = load(texts, ())
    if settings.layer == "platform":
        stack = (settings.foundation or "").rpartition("/")[2]
        assert environment(path.with_name(f"Pulumi.{stack}.yaml"))["aws:region"] == config["aws:region"]


def test_the_environments_of_the_example_do_not_meet() -> None:
    foundations = [config for config in map(environment, ENVIRONMENTS) if config["palisade:layer"] == "foundation"]
    assert len(foundations) == len(ENVIRONMENTS) / 2 == 3
    for of in (
        lambda config: config["palisade:name"],
        lambda config: config["palisade:network"]["cidr"],
        lambda config: config["palisade:vpn"]["clientCidr"],
    ):
        assert len({of(config) for config in foundations}) == len(foundations)
    assert [config["palisade:account"]["manage"] for config in foundations].count(True) == 1
