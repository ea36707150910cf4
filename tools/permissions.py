"""Generate docs/permissions.md from the needs: `python -m tools.permissions`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.needs.least import reviewed
from tests.needs.model import Actor, Call, Connection, Source, Subject, subjects
from tests.needs.runner import runner
from tools.markdown import table

DOCUMENT: Final = Path(__file__).parent.parent / "docs" / "permissions.md"
HEAD: Final = """\
# Permissions

What each actor may do in AWS and connect to, why, and where upstream that is written. This page is generated from
`tests/needs/` by `make docs`; do not edit it. Tests evaluate each line over the whole program in many configurations:
the policies of identities, resources, keys and VPC endpoints allow each call, and the DNS firewall, routes, security
groups and network policies let each connection through. What is granted or open without a need is listed at the end.

Not evaluated here: network ACLs, which stay AWS's defaults (a program that makes its own fails the tests), and what
people may do in Kubernetes, which `tests/control_plane/test_access.py` asks the API server.

`{name}` is the stack's name, `{kind/resource.output}` an output of a resource of the stack.
"""
ORDER: Final = ("nodes", "addons", "agents", "bastion", "people", "deis", "services")
"""Subjects in the order of the page; others follow."""


def page() -> str:
    """The whole document."""
    found = subjects()
    parts = [HEAD]
    for name in [*(each for each in ORDER if each in found), *sorted(found.keys() - {*ORDER})]:
        parts += _subject(found[name])
    parts += _runner()
    parts += _reviewed()
    return "\n".join(parts).rstrip() + "\n"


def _subject(subject: Subject) -> Iterator[str]:
    yield f"## {subject.title}\n\n{subject.what}\n"
    for actor in subject.actors:
        yield f"### {actor.name}\n\n{_introduction(actor)}\n"
        if actor.calls:
            rows = [_call(actor, call, subject.sources) for call in actor.calls]
            yield table(("Calls", "On", "When", "Why", "Source"), rows)
        if actor.connections:
            rows = [_connection(actor, connection, subject.sources) for connection in actor.connections]
            yield table(("Connects to", "Port", "Why", "Source"), rows)


def _introduction(actor: Actor) -> str:
    words = [actor.what]
    kind, _, name = actor.identity.partition("/")
    if kind in ("role", "user", "group"):
        words.append(f"Identity: the {kind} `{{name}}-{name}`.")
    elif kind == "service":
        words.append(f"Identity: the service principal `{name}`.")
    if condition := _only(actor.only):
        words.append(f"Only {condition}.")
    return " ".join(words)


def _only(conditions: Mapping[str, str]) -> str:
    return " and ".join(f"where `{fact}` is `{value}`" for fact, value in conditions.items())


def _call(actor: Actor, call: Call, sources: Mapping[str, Source]) -> tuple[str, ...]:
    why = [call.why]
    if call.optional:
        why.append("works without it")
    if call.via:
        why.append(f"by way of {call.via}")
    if call.only != actor.only and (condition := _only(call.only)):
        why.append(f"only {condition}")
    return (_code(call.actions), _code(call.resources), call.when, "; ".join(why), _source(sources[call.source]))


def _connection(actor: Actor, need: Connection, sources: Mapping[str, Source]) -> tuple[str, ...]:
    why = [need.why]
    if need.only != actor.only and (condition := _only(need.only)):
        why.append(f"only {condition}")
    target = " at ".join(f"`{each}`" for each in (need.host, need.to) if each)
    return (target, f"{need.protocol}/{need.port}", "; ".join(why), _source(sources[need.source]))


def _source(source: Source) -> str:
    read = source.read or "not read again"
    if source.url:
        return f"[documentation]({source.url}), {read}"
    if source.repository == "this repository":
        return f"`{source.path}`"
    version = f" at {source.version}" if source.version else ""
    return f"{source.repository}, `{source.path}`{version}, {read}"


def _code(texts: Sequence[str]) -> str:
    return ", ".join(f"`{text}`" for text in texts)


def _runner() -> Iterator[str]:
    data = runner()
    yield f"## {data.title}\n\n{data.what}\n"
    steps = [(", ".join(step.layers), step.why, _code(step.actions)) for step in data.steps]
    yield table(("Layer", "For", "Actions"), steps)
    rows = [(", ".join(data.layers(type_)), f"`{type_}`", _code(actions)) for type_, actions in data.types.items()]
    yield table(("Layer", "Resource type", "Actions to create, read, change and delete it"), rows)


def _reviewed() -> Iterator[str]:
    data: Mapping[str, Any] = reviewed()
    yield "## Granted or open without a need\n"
    grants = [
        (f"`{one['identity']}`", f"`{one['policy']}`", _code(one["actions"]), one["reason"]) for one in data["grants"]
    ]
    yield table(("Identity", "Policy", "Actions", "Reason"), grants)
    yield table(("Opening", "Reason"), [(_code(one["names"]), one["reason"]) for one in data["openings"]])


if __name__ == "__main__":
    DOCUMENT.write_text(page())
