"""A policy about regions: resources are in monitored regions only (AWS-TRAIL)."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from policies.kernel.policy import MANDATORY, MEDIUM, Policy
from policies.kernel.resource import Resource, Violation, violation

PROVIDER: Final = "pulumi:providers:aws"
PROVIDERS: Final = frozenset({PROVIDER, "pulumi:providers:aws-native"})
PREFIX: Final = "aws:"
REGIONS: Final = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)
"""What an account has from its start; any other is opened by somebody who knows why, and listed then."""


class OfAws:
    """AWS providers and all AWS resources: each may be created in a region of its own."""

    by_name = True

    def __contains__(self, type_: object) -> bool:
        return isinstance(type_, str) and (type_ in PROVIDERS or type_.startswith(PREFIX))


def _listed(resource: Resource) -> Iterator[Violation]:
    region = resource.props["region"]
    text = region.text()
    regions = [one.text() or "" for one in resource.settings["regions"].items()]
    if text and not any(fnmatchcase(text, pattern) for pattern in regions):
        yield violation(region, text, f"one of {', '.join(regions)}")


LISTED: Final = Policy(
    id="region-allowlist",
    requirement="AWS-TRAIL",
    types=OfAws(),
    level=MANDATORY,
    severity=MEDIUM,
    description="Everything lies in regions on the list, where trails, detectors and alarms are watched.",
    fix="set aws:region, and the resource's own region, to one on the list, or have it added to `regions`",
    rule=_listed,
    settings={
        "regions": {
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "minItems": 1,
            "default": list(REGIONS),
            "description": "Regions that may be used; * and ? are wildcards. us-east-1 holds what is global.",
        }
    },
)

POLICIES = (LISTED,)
