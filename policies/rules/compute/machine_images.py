"""A policy about machine images: the owner of an image controls the instances launched from it (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.rules.compute.instances import ALL_LAUNCHERS, machines

COPY: Final = "aws:ec2/amiCopy:AmiCopy"
FIELDS: Final = ("ami", "imageId", "sourceAmiId")
PARAMETER: Final = "resolve:ssm:"
PARAMETERS: Final = (
    "/aws/service/ami-amazon-linux-latest/*",
    "/aws/service/ami-windows-latest/*",
    "/aws/service/bottlerocket/*",
    "/aws/service/canonical/*",
    "/aws/service/debian/*",
    "/aws/service/ecs/*",
    "/aws/service/eks/*",
)
"""Where AWS and the makers of distributions publish their own newest images; the marketplace is not among them."""


def _known_owner(resource: Resource) -> Iterator[Violation]:
    parameters = [one.text() or "" for one in resource.settings["parameters"].items()]
    images = [one.text() or "" for one in resource.settings["images"].items()]
    for machine in machines(resource):
        for name in FIELDS:
            with resource.isolate():
                image = machine.value[name]
                text = image.text() or ""
                if text.startswith(PARAMETER):
                    path = text.removeprefix(PARAMETER).split(":")[0]
                    if not any(fnmatchcase(path, pattern) for pattern in parameters):
                        yield violation(image, text, f"a parameter such as {', '.join(parameters)}")
                elif text and not any(fnmatchcase(text, pattern) for pattern in images):
                    yield violation(image, text, f"one of {', '.join(images)}, or a parameter of AWS")


KNOWN_OWNER = Policy(
    id="ami-owner-allowlist",
    requirement="INH-4",
    types=ALL_LAUNCHERS | {COPY},
    level=MANDATORY,
    severity=HIGH,
    description="Machines start from images whose owner is on the list.",
    fix="name AWS's own parameter (resolve:ssm:/aws/service/...), or have the image added to `images`",
    rule=_known_owner,
    settings={
        "parameters": {
            "type": "array",
            "items": {"type": "string"},
            "default": list(PARAMETERS),
            "description": "SSM parameters that name images of owners we trust; * and ? are wildcards.",
        },
        # An ID does not reveal its owner, so by default all are accepted; list your images to refuse all others.
        "images": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["ami-*"],
            "description": "Identifiers of images that were checked; * and ? are wildcards.",
        },
    },
)

POLICIES = (KNOWN_OWNER,)
