"""What a team changes over a year, and what the engine plans for each.

    python -m tests.engine.changes

asks the engine about every change of the sandbox's standing stack, and writes the plans (changes.json) and the table
that is made from them (docs/changes.md) anew.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pulumi.automation.events import EngineEvent

from sandbox.cli import STACK, stack_config
from sandbox.engine import ROOT, Engine, Stack
from sandbox.state import State

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
}
"""Types that no change of the table may replace or delete, and what they are to people."""
Config = dict[str, Any]
Plan = dict[str, list[str]]


@dataclass(frozen=True)
class Change:
    """A change of the stack's configuration."""

    title: str
    apply: Callable[[Config], None]
    gives_up: frozenset[str] = frozenset()
    """What of KEPT the change is about: the engine refuses it while `protectData` holds, as it does by default."""
    note: str = ""


def _set(path: str, value: Any) -> Callable[[Config], None]:
    """Sets what stands at a dotted path under `palisade:`."""

    def apply(config: Config) -> None:
        first, *rest = path.split(".")
        if not rest:
            config[f"palisade:{first}"] = value
            return
        place = config.setdefault(f"palisade:{first}", {})
        for key in rest[:-1]:
            place = place.setdefault(key, {})
        place[rest[-1]] = value

    return apply


def _in_another_order(config: Config) -> None:
    config["palisade:people"].reverse()
    config["palisade:network"] = {"zones": ["c", "b", "a"]}


def _joins(config: Config) -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPndKL4o0NatpdOWWFf2wAPbsin6VVsA0kzV+dC5hlQY"
    config["palisade:people"].append(
        {
            "name": "mary",
            "email": "mary@example.org",
            "role": "operator",
            "iamPrincipal": "arn:aws:iam::123456789012:role/mary",
            "sshKey": key,
            "generateVpnKey": True,
        }
    )


def _leaves(config: Config) -> None:
    config["palisade:people"] = [each for each in config["palisade:people"] if each["name"] != "lin"]


def _deis_goes(config: Config) -> None:
    del config["palisade:deis"]


CHANGES = (
    Change("Nothing, told in another order", _in_another_order, note="people, zones"),
    Change("A person joins", _joins),
    Change("A person leaves", _leaves),
    Change("The whitelist changes", _set("deis.whitelist", ["203.0.113.0/24", "198.51.100.7/32"])),
    Change("The VPN takes clients from fewer places", _set("vpn.sourceCidrs", ["198.51.100.0/24"])),
    Change("A zone is added", _set("network.zones", ["a", "b", "c", "d"])),
    Change("A zone is given up", _set("network.zones", ["a", "b"]), frozenset({"ec2/eip:Eip"}), "its NAT's address"),
    Change(
        "A node group is added",
        _set("cluster.nodeGroups", [{"name": "general"}, {"name": "batch", "capacity": "SPOT"}]),
    ),
    Change(
        "Nodes get another instance type",
        _set("cluster.nodeGroups", [{"name": "general", "instanceTypes": ["m7i.xlarge"]}]),
        note="they are replaced a few at a time",
    ),
    Change("Kubernetes goes up one minor version", _set("cluster.version", "1.36")),
    Change("The bastion gets another instance type", _set("vpn.instanceType", "t3.medium")),
    Change("Deis's keys and passwords are rotated", _set("deis.rotation", "2")),
    Change("The database gets another instance class", _set("deis.database", {"instanceClass": "db.t4g.medium"})),
    Change("Logs of the cluster are kept for longer", _set("cluster.logRetentionDays", 731)),
    Change(
        "Deis is turned off",
        _deis_goes,
        frozenset({"rds/instance:Instance", "s3/bucket:Bucket", "kms/key:Key"}),
        "its database, its bucket and their keys",
    ),
)
BY_TITLE: Mapping[str, Change] = {change.title: change for change in CHANGES}


def config_with(state: State, change: Change | None = None) -> dict[str, str]:
    """The sandbox's configuration with a change."""
    told = copy.deepcopy(yaml.safe_load((ROOT / f"Pulumi.{STACK}.yaml").read_text())["config"])
    before = stack_config(state, ())
    if change is None:
        return before
    change.apply(told)
    changed = {key: value if isinstance(value, str) else json.dumps(value) for key, value in told.items()}
    return {**{key: value for key, value in before.items() if key not in _keys()}, **changed}


def _keys() -> set[str]:
    return set(yaml.safe_load((ROOT / f"Pulumi.{STACK}.yaml").read_text())["config"])


def planned(stack: Stack) -> Plan:
    """Operation -> what it is planned for, by type and name."""
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
    """What the engine plans for a change of a stack that stands."""
    return planned(engine.stack(STACK, ROOT, config_with(state, change), pack=None))


def golden() -> dict[str, Plan]:
    """The plans that were written down, by title."""
    return json.loads(GOLDEN.read_text())


def broken(change: Change, plan: Plan) -> list[str]:
    """What a plan replaces or deletes and may not."""
    kept = KEPT.keys() - change.gives_up
    return [what for how in ("replace", "delete") for what in plan.get(how, ()) if what.partition(" ")[0] in kept]


def document(plans: Mapping[str, Plan]) -> str:
    """docs/changes.md."""
    lines = [
        "# What a change costs",
        "",
        "What the engine plans for the changes that a team makes over a year, asked of it on the sandbox's standing",
        "stack: `make changes` asks about all of them again, CI about some. Made from tests/engine/changes.json.",
        "",
        f"Never replaced and never deleted: {', '.join(KEPT.values())}; but for what a change is about.",
        "Where that is data, the engine refuses while `protectData` is true, as it is by default.",
        "",
        "| change | created | updated | replaced | deleted | what is replaced or deleted |",
        "|---|---|---|---|---|---|",
    ]
    for change in CHANGES:
        plan = plans[change.title]
        counts = " | ".join(str(len(plan.get(operation, ()))) for operation in OPERATIONS)
        title = f"{change.title} ({change.note})" if change.note else change.title
        lines.append(f"| {title} | {counts} | {_summary(plan)} |")
    return "\n".join([*lines, ""])


def _summary(plan: Plan) -> str:
    """Kinds of what is replaced or deleted, with how many of each."""
    counted: dict[str, int] = {}
    for what in (*plan.get("replace", ()), *plan.get("delete", ())):
        kind = what.partition(" ")[0].rpartition(":")[2]
        counted[kind] = counted.get(kind, 0) + 1
    return ", ".join(f"{kind} ({count})" if count > 1 else kind for kind, count in sorted(counted.items())) or "nothing"


def main() -> None:
    """Asks about every change, writes the plans and the document, and fails where something is lost."""
    state = State(ROOT / ".sandbox")
    from sandbox import binaries  # noqa: PLC0415 - for the command only

    engine, plans = Engine(state, binaries.find(print)), {}
    for change in CHANGES:
        plans[change.title] = plan(engine, state, change)
        print(f"{change.title}: " + ", ".join(f"{len(what)} {how}" for how, what in plans[change.title].items()))
    GOLDEN.write_text(json.dumps(plans, indent=1) + "\n")
    DOCUMENT.write_text(document(plans))
    lost = {change.title: what for change in CHANGES if (what := broken(change, plans[change.title]))}
    if lost:
        raise SystemExit(f"a change replaces or deletes what has to be kept: {lost}")


if __name__ == "__main__":
    main()
