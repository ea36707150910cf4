"""A policy about container images: pinned, from listed registries (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator

from policies.guidelines.images import REGISTRIES, is_pinned, listed, parts
from policies.kernel.kinds import WORKLOADS
from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.workloads.pods import pods


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

POLICIES = (PINNED,)
