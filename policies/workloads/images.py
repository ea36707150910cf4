"""Policies about container images and what containers are given (INH-4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.cases import OMITTED, UNKNOWN, Case, fail, ok, unknown
from policies.compute.user_data import REFERENCES, secrets_in
from policies.guidelines.images import REGISTRIES, is_pinned, listed, parts
from policies.judged import Resource, Violation, breach
from policies.kinds import WORKLOADS
from policies.policy import ADVISORY, HIGH, LOW, MANDATORY, MEDIUM, Policy
from policies.values import Value
from policies.workloads.pods import CONTAINER, DEPLOYMENT, SPEC, Pod, deployment, each_container, each_pod, pods

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
            yield breach(image, f"{text}, of {registry}", f"an image of {', '.join(registries)}")
        if not is_pinned(tag, digest):
            yield breach(image, f"{text}, which changes", "a version's tag, or better a digest")

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
                yield breach(given, "nothing", "an amount")

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
        yield breach(given, "true" if given.present else "nothing (true)", "false, unless it calls the Kubernetes API")


TOKEN_OFF = Policy(
    id="automount-token-off",
    requirement="INH-4",
    types=WORKLOADS,
    level=ADVISORY,
    severity=LOW,
    description="A pod gets a token for the Kubernetes API only if it uses one.",
    fix="set automountServiceAccountToken to false; what does call the API gets an exception",
    rule=each_pod(_no_token),
)


def _no_secret(container: Value) -> Iterator[Violation]:
    required = "valueFrom.secretKeyRef, or a mounted secret"
    for variable in container["env"].items():
        name, value = variable["name"].text() or "", variable["value"]
        if SECRET_NAME.search(name) and (
            not value.known or (value.text() and not ANOTHER.fullmatch(value.text() or ""))
        ):
            yield breach(value, f"the text of {name}", required)
        elif value.known and (found := sorted(set(secrets_in(value.text() or "")))):
            yield breach(value, ", ".join(found), required)
    for part in (*container["command"].items(), *container["args"].items()):
        text = part.text() or ""
        found = {kind for kind in secrets_in(text) if kind != A_PASSWORD}
        if any(not REFERENCES.match(given) for given in ASSIGNED.findall(text)):
            found.add(A_PASSWORD)
        if found:
            yield breach(part, ", ".join(sorted(found)), f"a variable of the environment, of {required}")


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

_IMAGE, _IMAGE_AT = "containers.0.image", f"{CONTAINER}.image"
_ARGS: Final = "containers.0.args"
_ENV, _ENV_AT = "containers.0.env", f"{CONTAINER}.env[0].value"
_RESOURCES: Final = {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}
_HUB: Final = {"registries": ["docker.io"]}
_PATCH: Final = f"{DEPLOYMENT}Patch"
_VOLUME_AT: Final = f"{SPEC}.volumes[0].image.reference"


def _mounted(image: object) -> dict[str, object]:
    return {"volumes": [{"name": "data", "image": {"reference": image}}]}


def _variable(name: str, **more: object) -> dict[str, object]:
    return {"name": name, **more}


CASES: dict[str, tuple[Case, ...]] = {
    PINNED.id: (
        ok("digest", deployment()),
        ok("version", deployment({_IMAGE: "registry.k8s.io/pause:3.10"})),
        ok("docker_hub_by_default", deployment({_IMAGE: "nginx:1.29"}), settings=_HUB),
        ok("patch_without_image", deployment({_IMAGE: OMITTED}, type_=_PATCH)),
        fail("tag_without_a_version", deployment({_IMAGE: "docker.io/library/nginx:alpine"}), at=_IMAGE_AT),
        fail("digest_that_is_none", deployment({_IMAGE: "nginx@latest"}), at=_IMAGE_AT),
        fail("latest", deployment({_IMAGE: "docker.io/nginx:latest"}), at=_IMAGE_AT),
        fail("no_tag", deployment({_IMAGE: "docker.io/library/nginx"}), at=_IMAGE_AT),
        fail("port_is_no_tag", deployment({_IMAGE: "localhost:5000/nginx"}), at=_IMAGE_AT),
        fail("registry_of_somebody", deployment({_IMAGE: "example.org/nginx:1.29"}), at=_IMAGE_AT),
        fail("registry_not_listed", deployment({_IMAGE: "quay.io/nginx:1.29"}), at=_IMAGE_AT, settings=_HUB),
        fail("registry_by_its_address", deployment({_IMAGE: "[2001:db8::1]:5000/nginx:1.29"}), at=_IMAGE_AT),
        fail("registry_in_capitals", deployment({_IMAGE: "EXAMPLE/nginx:1.29"}), at=_IMAGE_AT),
        fail("registry_that_looks_alike", deployment({_IMAGE: "docker.io.example.org/nginx:1"}), at=_IMAGE_AT),
        fail(
            "init_container", deployment({"initContainers": [{"image": "nginx"}]}), at=f"{SPEC}.initContainers[0].image"
        ),
        ok("volume", deployment(_mounted("quay.io/crio/artifact:v2"))),
        fail("volume_of_somebody", deployment(_mounted("example.org/artifact:v2")), at=_VOLUME_AT),
        fail("volume_that_changes", deployment(_mounted("quay.io/crio/artifact")), at=_VOLUME_AT),
        unknown("decided_later", deployment({_IMAGE: UNKNOWN})),
        unknown("volume_decided_later", deployment(_mounted(UNKNOWN))),
    ),
    LIMITS.id: (
        ok("all_three", deployment()),
        ok("of_the_pod", deployment({"containers.0.resources": OMITTED, "resources": _RESOURCES})),
        ok("patch", deployment({"containers.0.resources": OMITTED}, type_=_PATCH)),
        fail("omitted", deployment({"containers.0.resources": OMITTED}), at=f"{CONTAINER}.resources.requests.cpu"),
        fail(
            "no_limit",
            deployment({"containers.0.resources.limits": OMITTED}),
            at=f"{CONTAINER}.resources.limits.memory",
        ),
        unknown("decided_later", deployment({"containers.0.resources": UNKNOWN})),
    ),
    TOKEN_OFF.id: (
        ok("off", deployment()),
        fail(
            "on_by_default",
            deployment({"automountServiceAccountToken": OMITTED}),
            at=f"{SPEC}.automountServiceAccountToken",
        ),
        unknown("decided_later", deployment({"automountServiceAccountToken": UNKNOWN})),
    ),
    NO_SECRET.id: (
        ok("reference", deployment({_ENV: [_variable("DB_PASSWORD", valueFrom={"secretKeyRef": {"name": "db"}})]})),
        ok("name_of_a_file", deployment({_ENV: [_variable("DB_PASSWORD_FILE", value="/run/db")]})),
        fail("password", deployment({_ENV: [_variable("DB_PASSWORD", value="hunter2")]}), at=_ENV_AT),
        fail("key_made_with_it", deployment({_ENV: [_variable("AWS_SECRET_ACCESS_KEY", value=UNKNOWN)]}), at=_ENV_AT),
        ok("of_another_variable", deployment({_ENV: [_variable("PASSWORD", value="$(DB_PASSWORD)")]})),
        ok("option_that_names_a_secret", deployment({_ARGS: ["--tls-secret=web-tls", "--token=$(TOKEN)"]})),
        fail("in_an_address", deployment({_ENV: [_variable("DB", value="postgres://web:hunter2@db/web")]}), at=_ENV_AT),
        fail("option", deployment({_ARGS: ["--db-password=hunter2"]}), at=f"{CONTAINER}.args[0]"),
        fail("key_of_aws", deployment({_ARGS: ["--id", "AKIAIOSFODNN7EXAMPLE"]}), at=f"{CONTAINER}.args[1]"),
        unknown("environment_decided_later", deployment({_ENV: UNKNOWN})),
    ),
}
