"""Our own components under the whole pack: nothing mandatory is broken, neither in a preview nor with all known."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import pytest

from components.account import Account, AccountArgs
from components.alarms import AlarmTopic, AlarmTopicArgs
from components.observability import Observability, ObservabilityArgs
from policies.kernel.cases import Item
from policies.kernel.frameworks import FRAMEWORKS
from policies.kernel.policy import ADVISORY
from policies.registry import POLICIES
from sandbox.providers.mocks import Run
from tests.support.policies.sdk_harness import outcome
from tests.support.program import bastion_of, deis_of
from tests.support.program.recorded import CONTEXT, INVENTED, TAGS, record


def account() -> None:
    topic = AlarmTopic("alarms", AlarmTopicArgs(emails=["ada@example.org"], context=CONTEXT, tags=TAGS))
    Account("account", AccountArgs(context=CONTEXT, tags=TAGS, topic_arn=topic.arn))
    Observability(
        "observability",
        ObservabilityArgs(
            context=CONTEXT,
            tags=TAGS,
            cluster_name="pal",
            audit_log_group="/aws/eks/pal/cluster",
            topic_arn=topic.arn,
        ),
    )


PRESETS = Path(__file__).parents[2] / "policies" / "presets"
STACKS = {
    "account": lambda known: record(account, known=known),
    "bastion": lambda known: bastion_of.recorded_with(known=known)[0],
    "network, cluster and Deis": lambda known: deis_of.of_deis(known=known),
}


@functools.cache
def graph(stack: str, known: bool) -> Run:
    return STACKS[stack](known)


def items(graph: Run, *, outputs: bool) -> list[Item]:
    """The resources, with what a stack policy sees of them if `outputs`."""
    return [
        Item(
            type=one.type,
            name=f"{one.type}::{one.name}",
            urn=one.urn,
            component=one.component,
            props={
                **({"id": f"id-{one.name}", "arn": f"arn:aws:mock:::{one.name}"} if outputs else {}),
                **one.inputs,
                **(INVENTED.get(one.type, lambda *_: {})(one.name, one.inputs) if outputs else {}),
            },
        )
        for one in graph.resources
    ]


@pytest.mark.parametrize("known", [True, False], ids=["update", "preview"])
@pytest.mark.parametrize("stack", STACKS)
def test_no_resource_breaks_a_mandatory_policy(stack: str, known: bool) -> None:
    found = []
    for item in items(graph(stack, known), outputs=False):
        for policy in POLICIES:
            if policy.rule and policy.level is not ADVISORY and item.type in policy.types:
                said = outcome(policy, (item,))
                found += [(item.name, *said.violations)] if said.violations else []
                assert not (known and said.undecided), (item.name, said.undecided)
    assert not found


@pytest.mark.parametrize("stack", STACKS)
def test_the_stack_breaks_no_mandatory_policy(stack: str) -> None:
    resources = tuple(items(graph(stack, True), outputs=True))
    found = []
    for policy in POLICIES:
        if policy.stack_rule and policy.level is not ADVISORY:
            found += outcome(policy, resources).violations
    assert not found


@pytest.mark.parametrize("preset", sorted(PRESETS.glob("*.json")), ids=lambda path: path.stem)
@pytest.mark.parametrize("stack", STACKS)
def test_it_passes_what_the_presets_make_mandatory(stack: str, preset: Path) -> None:
    given = json.loads(preset.read_text())
    single = items(graph(stack, True), outputs=False)
    whole = tuple(items(graph(stack, True), outputs=True))
    found: set[tuple[str, str]] = set()
    for policy in POLICIES:
        config = dict(given.get(policy.id, given.get("all", {})))
        if config.pop("enforcementLevel", policy.level.value) not in ("mandatory", "remediate"):
            continue
        judged = [(item,) for item in single if item.type in policy.types] if policy.rule else [whole]
        for one in judged:
            if outcome(policy, one, config).violations:
                found.add((policy.id, one[0].name.rsplit(":", 1)[-1] if policy.rule else ""))
    # A framework asks for what the guide only advises: where our program does otherwise, it needs an exemption.
    assert not found - (ADVISED if preset.stem in FRAMEWORKS else set())


@pytest.mark.parametrize("stack", STACKS)
def test_what_is_advised_against_is_known_to_us(stack: str) -> None:
    found: set[tuple[str, str]] = set()
    for item in items(graph(stack, True), outputs=False):
        for policy in POLICIES:
            if (
                policy.rule
                and policy.level is ADVISORY
                and item.type in policy.types
                and outcome(policy, (item,)).violations
            ):
                found.add((policy.id, item.name.rsplit(":", 1)[-1]))
    assert found <= ADVISED, found - ADVISED


ADVISED = {
    # Its programs know neither Pod Identity nor IRSA; the key may use one bucket only, and is replaced with `rotation`.
    ("iam-no-access-key", "deis-slugs-access-1"),
    # These are the ones that call the Kubernetes API.
    *(("automount-token-off", f"deis-{name}") for name in ("builder", "controller", "key-copies", "restart", "router")),
    # Applications are namespaces of their own, whose Secrets and pods these read and make.
    *(("rbac-sensitive-rights", f"deis-{name}-cluster-role") for name in ("builder", "controller", "router")),
    ("rbac-sensitive-rights", "deis-builder-role"),
    # It works in a folder that it makes without any permission.
    ("pod-security-restricted-capabilities", "deis-builder"),
    # Their images run as root, with no capability that is not listed.
    *(("pod-security-restricted-run-as-non-root", f"deis-{name}") for name in ("builder", "router")),
    # Their images write beside their programs: the router its configuration, the builder its users and its Git server.
    *(("read-only-root-file-system", f"deis-{name}") for name in ("builder", "router")),
    # Their programs read the keys of Deis from variables only.
    *(("secrets-as-files", f"deis-{name}") for name in ("bootstrap", "controller")),
    # Of a stack, without a name: the trail's data events say who read what (`account.dataEventBuckets`).
    ("bucket-logged", ""),
}
"""(policy, resource) that our own stack is advised about, and why it stays so."""
