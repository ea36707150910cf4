"""Typical changes of a team over a year, and the engine's plan for each.

    python -m tools.changes [TITLE ...]

plans every change of the sandbox in .changes, or the named ones, and writes the plans (changes.json) and the table made
from them (docs/changes.md). That sandbox has one stack of both layers: with two, the platform's plan would show the
effect of a foundation change only after the foundation's `up`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pulumi.automation.events import EngineEvent
from pydantic.alias_generators import to_snake

from components.settings.model import Settings
from sandbox.engine.identities import STACK
from sandbox.engine.layers import as_config, sandbox_settings
from sandbox.engine.stack import ROOT, Engine, Stack
from sandbox.engine.state import State
from tests.support.engine.change_scenarios import CHANGES, Change

GOLDEN, DOCUMENT = Path(__file__).with_name("changes.json"), ROOT / "docs" / "changes.md"
OPERATIONS = ("create", "update", "replace", "delete")
PARTS_OF_A_REPLACEMENT = {"create-replacement": "replace", "delete-replaced": "replace"}
KEPT = {
    "eks/cluster:Cluster": "the cluster",
    "rds/instance:Instance": "the database",
    "s3/bucket:Bucket": "the buckets",
    "kms/key:Key": "their keys",
    "ec2/eip:Eip": "the addresses",
    "ec2/vpc:Vpc": "the network",
    "ec2/subnet:Subnet": "its subnets",
    "lb/loadBalancer:LoadBalancer": "the load balancer, whose name people's DNS points at",
}
"""Types that no change of the table may replace or delete, and what they are to people."""
OF_THE_PLATFORM = re.compile(r" palisade-(deis|baseline|platform)(-|$)")
"""Resources outside Kubernetes that belong to the platform, by name."""
Plan = dict[str, list[str]]


BY_TITLE: Mapping[str, Change] = {change.title: change for change in CHANGES}


def changed_settings(change: Change) -> dict[str, Any]:
    """The sandbox's settings of both layers, with a change."""
    settings = sandbox_settings("all")
    change.apply(settings)
    return settings


def config_with(state: State, change: Change) -> dict[str, str]:
    """The configuration of the sandbox's one stack, with a change."""
    return as_config(state, "all", changed_settings(change))


def layers_of(change: Change, plan: Plan) -> list[str]:
    """The layers in which a change is deployed: those whose settings or planned resources it changes."""
    before, after = sandbox_settings("all"), changed_settings(change)
    keys = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    names = {to_snake(key.removeprefix("palisade:")) for key in keys}
    names |= {to_snake(key.removeprefix("palisade:")) for key in change.secrets()}
    resources = [what for operation in plan.values() for what in operation]
    platform = [what for what in resources if what.startswith("kubernetes:") or OF_THE_PLATFORM.search(what)]
    found = {
        "foundation": any(Settings.fits(name, "foundation") for name in names) or len(platform) < len(resources),
        "platform": any(Settings.fits(name, "platform") for name in names) or bool(platform),
    }
    return [layer for layer, is_concerned in found.items() if is_concerned]


def planned(stack: Stack) -> Plan:
    """Operation -> its planned resources, by type and name."""
    found: dict[str, str] = {}

    def note(event: EngineEvent) -> None:
        if event.resource_pre_event:
            metadata = event.resource_pre_event.metadata
            operation = getattr(metadata.op, "value", str(metadata.op))
            operation = PARTS_OF_A_REPLACEMENT.get(operation, operation)
            type_ = metadata.type.removeprefix("aws:")
            if operation in OPERATIONS and not type_.startswith(("pulumi:", "palisade:")):
                found[f"{type_} {metadata.urn.rpartition('::')[2]}"] = operation

    stack.preview(note)
    return {
        operation: sorted(what for what, how in found.items() if how == operation)
        for operation in OPERATIONS
        if operation in found.values()
    }


def plan(engine: Engine, state: State, change: Change) -> Plan:
    """The engine's plan for a change of an existing stack."""
    config = config_with(state, change)
    return planned(engine.stack(STACK, ROOT, config, pack=None, secret_config=change.secrets()))


def golden() -> dict[str, Plan]:
    """The recorded plans, by title."""
    return json.loads(GOLDEN.read_text())


def broken(change: Change, plan: Plan) -> list[str]:
    """The forbidden replacements and deletions in a plan."""
    kept = KEPT.keys() - change.gives_up
    return [what for how in ("replace", "delete") for what in plan.get(how, ()) if what.partition(" ")[0] in kept]


def document(plans: Mapping[str, Plan]) -> str:
    """The content of docs/changes.md."""
    lines = [
        "# What a change costs",
        "",
        "What the engine plans for the changes that a team makes over a year, asked of it on a sandbox that holds both",
        "layers: `make changes` asks about all of them again, CI about some. Made from tools/changes.json. Deploy each",
        "change in the stacks of the layers that the table names, the foundation first.",
        "",
        f"Never replaced and never deleted: {', '.join(KEPT.values())}; but for what a change is about.",
        "Where that is data, or a zone of the control plane, the engine refuses while `protectData` is true, as it is",
        "by default.",
        "",
        "| change | layers | created | updated | replaced | deleted | what is replaced or deleted |",
        "|---|---|---|---|---|---|---|",
    ]
    for change in CHANGES:
        plan = plans[change.title]
        counts = " | ".join(str(len(plan.get(operation, ()))) for operation in OPERATIONS)
        title = f"{change.title} ({change.note})" if change.note else change.title
        lines.append(f"| {title} | {', '.join(layers_of(change, plan))} | {counts} | {_summary(plan)} |")
    return "\n".join([*lines, ""])


def _summary(plan: Plan) -> str:
    """Kinds of replaced or deleted resources, with the number of each."""
    counted: dict[str, int] = {}
    for what in (*plan.get("replace", ()), *plan.get("delete", ())):
        kind = what.partition(" ")[0].rpartition(":")[2]
        counted[kind] = counted.get(kind, 0) + 1
    return ", ".join(f"{kind} ({count})" if count > 1 else kind for kind, count in sorted(counted.items())) or "nothing"


def main(titles: Sequence[str]) -> None:
    """Plan every change, or the named ones, write plans and document, and fail on forbidden losses."""
    if strange := set(titles) - BY_TITLE.keys():
        raise SystemExit(f"no such change: {', '.join(sorted(strange))}; there are:\n" + "\n".join(BY_TITLE))
    state = State(ROOT / ".changes")
    from sandbox.engine import binaries  # noqa: PLC0415 - for the command only

    engine, plans = Engine(state, binaries.find(print)), golden()
    for title in titles or BY_TITLE:
        plans[title] = plan(engine, state, BY_TITLE[title])
        print(f"{title}: " + ", ".join(f"{len(what)} {how}" for how, what in plans[title].items()), flush=True)
        # At once: finished plans are kept if the rest is interrupted.
        known = {each: plans[each] for each in BY_TITLE if each in plans}
        GOLDEN.write_text(json.dumps(known, indent=1) + "\n")
    DOCUMENT.write_text(document(plans))
    if lost := {title: what for title, change in BY_TITLE.items() if (what := broken(change, plans[title]))}:
        raise SystemExit(f"a change replaces or deletes what has to be kept: {lost}")


if __name__ == "__main__":
    main(sys.argv[1:])
