"""The policy about where in the world things are: in regions that somebody watches (AWS-TRAIL)."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, Final

from policies.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.judged import Resource, Violation, breach
from policies.policy import MANDATORY, MEDIUM, Policy

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
    """The providers of AWS, and everything that it makes: each may be sent to a region of its own."""

    def __contains__(self, type_: object) -> bool:
        return isinstance(type_, str) and (type_ in PROVIDERS or type_.startswith(PREFIX))


def _listed(resource: Resource) -> Iterator[Violation]:
    region = resource.props["region"]
    text = region.text()
    regions = [one.text() or "" for one in resource.settings["regions"].items()]
    if text and not any(fnmatchcase(text, pattern) for pattern in regions):
        yield breach(region, text, f"one of {', '.join(regions)}")


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


def _in(region: Any, type_: str = "aws:ec2/vpc:Vpc") -> Item:
    return Item(
        type=type_, props={"region": region} if type_ in PROVIDERS else {"cidrBlock": "10.0.0.0/16", "region": region}
    )


_EUROPE: Final = {"regions": ["eu-*"]}

CASES: dict[str, tuple[Case, ...]] = {
    LISTED.id: (
        ok("region_of_every_account", _in("eu-central-1")),
        ok("region_of_the_provider", _in(None)),
        ok("pattern", _in("eu-south-2"), settings=_EUROPE),
        fail("opened_by_somebody", _in("me-south-1"), at="region"),
        fail("provider", _in("me-south-1", PROVIDER), at="region"),
        fail("provider_of_aws_native", _in("me-south-1", "pulumi:providers:aws-native"), at="region"),
        fail("outside_the_list", _in("us-east-1"), at="region", settings=_EUROPE),
        unknown("decided_later", _in(UNKNOWN)),
    ),
}
