"""A policy about secrets in widely readable Kubernetes objects: pods, config maps and annotations (INH-4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from policies.kernel.kinds import CONFIG_MAPS, CORE, WORKLOADS, kind_of
from policies.kernel.policy import MANDATORY, MEDIUM, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.secrets import FORMATS, PASSWORD, REFERENCES, named_secret, secrets_in
from policies.kernel.value import Value
from policies.rules.workloads.baseline import HOOKS, PROBES
from policies.rules.workloads.claims import claim_templates
from policies.rules.workloads.pods import Pod, pods

_KEYS: Final = r"(?:api|private|access|secret)[_-]?key"
ASSIGNED: Final = re.compile(rf"(?i)(?:password|passwd|passphrase|token|{_KEYS})=[\"']?([^\s\"']+)")
"""How a command line gives a secret; one that is only called that, as in --tls-secret=web, is a Secret's name."""
LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
REQUIRED: Final = "valueFrom.secretKeyRef, or a mounted secret"


class Objects:
    """All Kubernetes objects except Secrets; including lists."""

    by_name = True

    def __contains__(self, type_: object) -> bool:
        kind = kind_of(str(type_))
        return kind is not None and (kind.kind, kind.group) != ("Secret", CORE)


def _named(name: str, value: Value, required: str) -> Iterator[Violation]:
    """The violation of a named value."""
    if named_secret(name, value):
        yield violation(value, f"the text of {name}", required)
    elif value.known and (found := sorted(set(secrets_in(value.text() or "")))):
        yield violation(value, ", ".join(found), required)


def _command(parts: Iterable[Value]) -> Iterator[Violation]:
    for part in parts:
        text = part.text() or ""
        found = {kind for kind in secrets_in(text) if kind != PASSWORD}
        if any(not REFERENCES.match(given) for given in ASSIGNED.findall(text)):
            found.add(PASSWORD)
        if found:
            yield violation(part, ", ".join(sorted(found)), f"a variable of the environment, of {REQUIRED}")


def _container(container: Value) -> Iterator[Violation]:
    for variable in container["env"].items():
        yield from _named(variable["name"].text() or "", variable["value"], REQUIRED)
    yield from _command((*container["command"].items(), *container["args"].items()))
    for handler in (*(container[name] for name in PROBES), *(container["lifecycle"][name] for name in HOOKS)):
        yield from _command(handler.along("exec", "command").items())
        for header in handler.along("httpGet", "httpHeaders").items():
            name, value = header["name"].text() or "", header["value"]
            if name.lower() in ("authorization", "cookie") and (not value.known or value.text()):
                yield violation(value, f"the value of {name}", "a path that asks for no authorization")
            else:
                yield from _named(name, value, "a path that asks for no authorization")


def _formats(value: Value) -> Iterator[Violation]:
    if found := sorted(FORMATS & set(secrets_in(value.text() or ""))):
        yield violation(value, ", ".join(found), "no secret")


def _no_secret(resource: Resource) -> Iterator[Violation]:
    described: list[Value] = []
    if resource.type in WORKLOADS:
        for pod in pods(resource):
            yield from resource.each(pod.containers(), _container)
            described += [*_templates(pod), *(claim["metadata"] for claim in claim_templates(pod))]
    for one in CONFIG_MAPS.objects(resource):
        with resource.isolate():
            for name, value in one.value["data"].fields().items():
                with resource.isolate():
                    yield from _named(name, value, "a Secret")
    for metadata in (*_metadata(resource), *described):
        with resource.isolate():
            listed = metadata["annotations"].fields()
            yield from resource.each((value for name, value in listed.items() if name != LAST_APPLIED), _formats)


def _templates(pod: Pod) -> Iterator[Value]:
    if pod.metadata.path != pod.owner["metadata"].path:
        yield pod.metadata


def _metadata(resource: Resource) -> Iterator[Value]:
    kind = kind_of(resource.type)
    with resource.isolate():
        whole = kind is None or kind.wrapper != "List"
        for one in [resource.props] if whole else resource.props["items"].items():
            with resource.isolate():
                yield one["metadata"]


NO_SECRET = Policy(
    id="no-secret-in-env",
    requirement="INH-4",
    types=Objects(),
    level=MANDATORY,
    severity=MEDIUM,
    description="No password, key or token stands in a pod's description, a config map or an annotation.",
    fix="put it into a Secret and refer to that",
    rule=_no_secret,
)

POLICIES = (NO_SECRET,)
