"""Cases of machine_images.py."""

from __future__ import annotations

from typing import Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.compute.instances import INSTANCE, LAUNCH_TEMPLATE
from policies.rules.compute.machine_images import KNOWN_OWNER

_UBUNTU: Final = "resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id"


def _from(image: object) -> Item:
    return Item(type=LAUNCH_TEMPLATE, props={"imageId": image})


CASES: dict[str, tuple[Case, ...]] = {
    KNOWN_OWNER.id: (
        ok("published_by_the_maker", _from(_UBUNTU)),
        ok("chosen_by_eks", _from(None)),
        ok("listed", Item(type=INSTANCE, props={"ami": "ami-1"}), settings={"images": ["ami-1"]}),
        fail("marketplace", _from("resolve:ssm:/aws/service/marketplace/prod-1/latest"), at="imageId"),
        fail("parameter_of_somebody", _from("resolve:ssm:/images/golden"), at="imageId"),
        fail("not_listed", Item(type=INSTANCE, props={"ami": "ami-2"}), at="ami", settings={"images": ["ami-1"]}),
        fail("no_image_at_all", Item(type=INSTANCE, props={"ami": "golden"}), at="ami"),
        unknown("made_with_it", _from(UNKNOWN)),
    ),
}
