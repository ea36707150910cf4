"""Policies about container images and what containers are given (INH-4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.guidelines.images import REGISTRIES, is_pinned, listed, parts
from policies.kernel.kinds import WORKLOADS
from policies.kernel.policy import ADVISORY, HIGH, LOW, MANDATORY, MEDIUM, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.compute.user_data import REFERENCES, secrets_in
from policies.rules.workloads.pods import Pod, each_container, each_pod, pods

_KEYS: Final = r"(?:api|private|access|secret)[_-]?key"
SECRET_NAME: Final = re.compile(rf"(?i)(?:password|passwd|passphrase|(?:^|_)pass|secret|token|{_KEYS})$")
"""Names of variables that hold a secret; DB_PASSWORD_FILE holds the name of one."""
ANOTHER: Final = re.compile(r"\$\([\w.-]+\)")
"""A value that is another variable's."""
ASSIGNED: Final = re.compile(rf"(?i)(?:password|passwd|passphrase|token|{_KEYS})=[\"']?([^\s\"']+)")
"""How a command line gives a secret; one that is only called that, as in --tls-secret=web, is a Secret's name."""
A_PASSWORD: Final = "a password"  # noqa: S105 - words


def _image(resource: Resource) -> Iterator[Violation]:
    registries = [one.text() or "" for one in resource.settings["registries"].items()]

    def check(image: Value) -> Iterator[Violation]:
        text = image.text()
        if not text:
            return
        registry, tag, digest = parts(text)
        if not listed(registry, registries):
            yield violation(image, f"{text}, of {registry}", f"an image of {', '.join(registries)}")
        if not is_pinned(tag, digest):
            yield violation(image, f"{text}, which changes", "a version's tag, or better a digest")

    for pod in pods(resource):
        yield from resource.each(pod.images(), check)


PINNED = Policy(
    id="image-pinned-and-registry-allowlist",
    requirement="INH-4",
    types=WORKLOADS,
    level=MANDATORY,
    severity=HIGH,
    description="Images come from listed registries, and are named so that they do not change by themselves.",
    fix="name a version or a digest; a registry of yours is added to `registries` in this policy's configuration",
    rule=_image,
    settings={
        "registries": {
            "type": "array",
            "items": {"type": "string"},
            "default": list(REGISTRIES),
            "description": "Registries that images may come from; * and ? are wildcards.",
        }
    },
)


def _limits(pod: Pod) -> Iterator[Violation]:
    if pod.patch:
        return

    def check(container: Value) -> Iterator[Violation]:
        resources = container["resources"]
        for kind, name in (("requests", "cpu"), ("requests", "memory"), ("limits", "memory")):
            given = resources[kind][name]
            if given.text() is None and pod.spec.along("resources", kind, name).text() is None:
                yield violation(given, "nothing", "an amount")

    lists = (pod.spec["containers"], pod.spec["initContainers"])
    yield from pod.resource.each((one for each in lists for one in each.items()), check)


LIMITS = Policy(
    id="requests-and-limits",
    requirement="INH-4",
    types=WORKLOADS,
    level=ADVISORY,
    severity=LOW,
    description="Every container says how much it needs, and how much memory it may take.",
    fix="set resources.requests.cpu, resources.requests.memory and resources.limits.memory",
    rule=each_pod(_limits),
)


def _no_token(pod: Pod) -> Iterator[Violation]:
    given = pod.spec["automountServiceAccountToken"]
    if pod.patch and given.known and not given.present:
        return
    if given.flag(default=True):
        yield violation(
            given, "true" if given.present else "nothing (true)", "false, unless it calls the Kubernetes API"
        )


TOKEN_OFF = Policy(
    id="automount-token-off",
    requirement="INH-4",
    types=WORKLOADS,
    level=ADVISORY,
    severity=LOW,
    description="A pod gets a token for the Kubernetes API only if it uses one.",
    fix="set automountServiceAccountToken to false; what does call the API gets an exemption",
    rule=each_pod(_no_token),
)


def _no_secret(container: Value) -> Iterator[Violation]:
    required = "valueFrom.secretKeyRef, or a mounted secret"
    for variable in container["env"].items():
        name, value = variable["name"].text() or "", variable["value"]
        if SECRET_NAME.search(name) and (
            not value.known or (value.text() and not ANOTHER.fullmatch(value.text() or ""))
        ):
            yield violation(value, f"the text of {name}", required)
        elif value.known and (found := sorted(set(secrets_in(value.text() or "")))):
            yield violation(value, ", ".join(found), required)
    for part in (*container["command"].items(), *container["args"].items()):
        text = part.text() or ""
        found = {kind for kind in secrets_in(text) if kind != A_PASSWORD}
        if any(not REFERENCES.match(given) for given in ASSIGNED.findall(text)):
            found.add(A_PASSWORD)
        if found:
            yield violation(part, ", ".join(sorted(found)), f"a variable of the environment, of {required}")


NO_SECRET = Policy(
    id="no-secret-in-env",
    requirement="INH-4",
    types=WORKLOADS,
    level=ADVISORY,
    severity=MEDIUM,
    description="No password, key or token stands in the description of a pod, which many may read.",
    fix="put it into a Secret and refer to that",
    rule=each_container(_no_secret),
)

POLICIES = (PINNED, LIMITS, TOKEN_OFF, NO_SECRET)
