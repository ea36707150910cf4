"""Cases of regions.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.account.regions import LISTED, PROVIDER, PROVIDERS


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
