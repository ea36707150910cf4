"""What `check` judges: the resources of `pulumi stack export`, `pulumi preview --json` or `--save-plan`, read alike.

Secrets that are encrypted or blinded become values that are not known: no rule sees them, and the report says so.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from policies.check.resources import UNKNOWN, WAYS, Found, InputError, field, found

STDIN: Final = "-"
VERSIONS: Final = (3, 4)
"""Of deployments, whose resources read alike."""
GONE: Final = ("delete", "discard", "remove", "read-discard")
"""How the operations begin that leave no resource behind."""
ENTRY: Final = re.compile(r'"urn"\s*:\s*"(urn:pulumi:[^"]+)"|"(urn:pulumi:[^"]+)"\s*:\s*\{')
"""Where a resource's own entry begins, not where another names it."""
LONGEST_SAID: Final = 200
Kind = Literal["state", "preview", "plan"]


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """All that a file holds."""

    source: str
    kind: Kind
    resources: tuple[Found, ...]
    notes: tuple[str, ...]
    """What the file leaves out, and what that means for the answer."""
    lines: Mapping[str, int]
    """URN -> the first line of the file that names it."""

    @property
    def stack(self) -> str:
        """project/stack; empty for one without resources."""
        if not self.resources:
            return ""
        head, project, *_ = self.resources[0].urn.split("::")
        return f"{project}/{head.removeprefix('urn:pulumi:')}"


def read(source: str, state: str | None = None) -> Snapshot:
    """Reads a file, or the standard input for `-`.

    Args:
        source: the path.
        state: of a plan that changes what exists: the state before, as exported.

    Raises:
        InputError: it cannot be read, or is nothing that can be judged.
    """
    text = _text(source)
    document = _document(source, text)
    try:
        kind, resources, notes = _resources(source, document, state)
    except RecursionError:
        raise InputError(f"{source}: nested too deep to be read; {WAYS}") from None
    return Snapshot(source=source, kind=kind, resources=resources, notes=notes, lines=_lines(text, resources))


def _text(source: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if source == STDIN else Path(source).read_bytes()
    except OSError as fault:
        raise InputError(f"{source}: cannot be read: {fault.strerror}; {WAYS}") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{source}: is not UTF-8 text; {WAYS}") from None


def _document(source: str, text: str) -> dict[str, Any]:
    if not text.strip():
        raise InputError(f"{source}: is empty; the command that should have written it may have failed; {WAYS}")
    try:
        document = json.loads(text)
    except RecursionError:
        raise InputError(f"{source}: nested too deep to be read; {WAYS}") from None
    except ValueError as fault:
        raise InputError(f"{source}: is no JSON document ({fault}); {WAYS}") from None
    if not isinstance(document, dict):
        raise InputError(f"{source}: holds a {type(document).__name__}, not an object; {WAYS}")
    return document


def _resources(
    source: str, document: dict[str, Any], state: str | None
) -> tuple[Kind, tuple[Found, ...], tuple[str, ...]]:
    plan = document.get("plan", document)
    if isinstance(plan, dict) and "resourcePlans" in plan:
        return ("plan", *_of_plan(source, plan, state))
    if state is not None:
        raise InputError(f"{source}: is no plan, so --state has no meaning; leave it out")
    if "steps" in document or "changeSummary" in document:
        return ("preview", *_of_preview(source, document))
    return ("state", *_of_state(source, _deployment(source, document)))


def _deployment(source: str, document: dict[str, Any]) -> dict[str, Any]:
    """The deployment in an export, in a checkpoint of a backend, or alone."""
    version = document.get("version", VERSIONS[0])
    if version not in VERSIONS:
        known = " and ".join(map(str, VERSIONS))
        raise InputError(
            f"{source}: is of version {version}, this pack reads {known}; export it with a current Pulumi CLI, "
            "or take a newer pack"
        )
    checkpoint = document.get("checkpoint")
    inner = checkpoint.get("latest") if isinstance(checkpoint, dict) else document.get("deployment", document)
    if inner is None and ("deployment" in document or checkpoint is not None):
        return {}
    if not isinstance(inner, dict) or (inner is document and "resources" not in document):
        raise InputError(f"{source}: holds no stack: neither deployment, nor steps, nor resourcePlans; {WAYS}")
    return inner


def _of_state(source: str, deployment: dict[str, Any]) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    made: list[Found] = []
    leaving = 0
    for at, resource in enumerate(field(source, "deployment", deployment, "resources", list)):
        where = f"resources[{at}]"
        if isinstance(resource, dict) and resource.get("delete"):
            leaving += 1
        else:
            made.append(found(source, where, resource))
    notes = [f"{leaving} of the resources wait for their deletion and were not judged"] if leaving else []
    pending = field(source, "deployment", deployment, "pending_operations", list)
    if pending:
        notes.append(f"interrupted operations: {len(pending)}; `pulumi refresh` finds out what became of them")
    return tuple(made), tuple(notes)


def _of_preview(source: str, document: dict[str, Any]) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    made: dict[str, Found] = {}
    same = 0
    for at, step in enumerate(field(source, "preview", document, "steps", list)):
        where = f"steps[{at}]"
        operation = step.get("op") if isinstance(step, dict) else None
        if not isinstance(operation, str):
            raise InputError(f"{source}: {where} has no operation (op); {WAYS}")
        if operation.startswith(GONE):
            continue
        same += operation == "same"
        one = found(source, f"{where}.newState", step.get("newState"))
        made[one.urn] = one
    summary = document.get("changeSummary")
    unchanged = summary.get("same", 0) if isinstance(summary, dict) else 0
    notes = [
        f"the preview tells of an error and may lack parts: {' '.join(str(one.get('message')).split())[:LONGEST_SAID]}"
        for one in field(source, "preview", document, "diagnostics", list)
        if isinstance(one, dict) and one.get("severity") == "error"
    ]
    if isinstance(unchanged, int) and unchanged > same:
        notes.append(
            f"the preview leaves out {unchanged - same} unchanged resources, which policies about a whole stack miss; "
            "run it with --show-sames"
        )
    return tuple(made.values()), tuple(notes)


def _of_plan(source: str, plan: dict[str, Any], state: str | None) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    plans = plan["resourcePlans"]
    if not isinstance(plans, dict):
        raise InputError(f"{source}: resourcePlans is no object; {WAYS}")
    before = {}
    if state is not None:
        exported = _deployment(state, _document(state, _text(state)))
        before = {one.urn: one for one in _of_state(state, exported)[0]}
    made: list[Found] = []
    lacking = 0
    for urn, planned in plans.items():
        where = f"resourcePlans[{urn}]"
        if not isinstance(planned, dict):
            raise InputError(f"{source}: {where} is no plan; {WAYS}")
        if planned.get("goal") is None:
            continue
        goal, steps = field(source, where, planned, "goal", dict), field(source, where, planned, "steps", list)
        # Only a new resource's goal has all inputs; those of the others are changes of the former inputs.
        is_new = "create" in steps
        lacking += not is_new and urn not in before
        old = before.get(urn)
        known = old.outputs.get("id", UNKNOWN) if old and "create-replacement" not in steps else UNKNOWN
        state_ = field(source, where, planned, "state", dict)
        state_of = {
            "urn": urn,
            "custom": goal.get("custom"),
            "inputs": _changed(source, where, old.inputs if old else {}, field(source, where, goal, "inputDiff", dict)),
            "outputs": {"id": known, **state_} if state_ else None,
            "propertyDependencies": goal.get("propertyDependencies"),
        }
        made.append(found(source, where, state_of))
    if lacking:
        raise InputError(
            f"{source}: holds only what changes of {lacking} resources that exist; give the state before with --state "
            "(`pulumi stack export`), or judge the output of `pulumi preview --json --show-sames` instead"
        )
    return tuple(made), ()


def _changed(source: str, where: str, old: Mapping[str, Any], difference: dict[str, Any]) -> dict[str, Any]:
    """Inputs after a plan's difference, which is about whole top-level properties."""
    gone = field(source, where, difference, "deletes", list)
    made = {key: value for key, value in old.items() if key not in gone}
    for part in ("adds", "updates"):
        made |= field(source, where, difference, part, dict)
    return made


def _lines(text: str, resources: tuple[Found, ...]) -> dict[str, int]:
    wanted = {resource.urn for resource in resources}
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        for match in ENTRY.finditer(line):
            urn = match[1] or match[2]
            if urn in wanted:
                found.setdefault(urn, number)
    return found
