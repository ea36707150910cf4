"""docs/cost.md: computed from the program's own resources, current, and nothing left out."""

from __future__ import annotations

import datetime

import pytest

from sandbox.providers.mocks import Run
from tools.cost import DOCUMENT, FREE, HOURS, PRICED, PRICES, SMALLEST, described, document, items


@pytest.fixture(scope="module")
def default() -> Run:
    return described()


def test_the_document_is_current() -> None:
    assert DOCUMENT.read_text() == document(), "run `make docs`"


def test_of_every_type_it_is_known_what_it_costs(default: Run) -> None:
    types = {each.type.removeprefix("aws:") for each in default.resources if each.type.startswith("aws:")}
    assert types <= PRICED.keys() | FREE
    assert not PRICED.keys() & FREE


def test_amounts_are_those_of_the_program(default: Run) -> None:
    found = {item.what: item for item in items(default)}
    assert found["Nodes: m7i.large"].count == 3
    assert found["NAT gateways"].count == 3
    assert found["NAT gateways"].each == pytest.approx(0.045 * 730)
    # Three NAT gateways, the bastion, and the load balancer in each zone.
    assert found["Public IPv4 addresses"].count == 7
    # Three nodes' disks and the bastion's.
    (bastion,) = [each for each in default.of("ec2/launchTemplate:LaunchTemplate") if each.inputs.get("userData")]
    own = bastion.inputs["blockDeviceMappings"][0]["ebs"]["volumeSize"]
    assert found["Volumes of instances, GiB"].count == 3 * 50 + own
    assert found["Keys"].count == len(default.of("kms/key:Key"))
    assert found["Database: db.t4g.small, two zones"].total == pytest.approx(2 * 0.032 * HOURS)


def test_the_smallest_stack_is_one_and_costs_less_than_half(default: Run) -> None:
    smallest = described(**SMALLEST)
    assert len(smallest.of("ec2/natGateway:NatGateway")) == 1
    assert sum(item.total for item in items(smallest)) < sum(item.total for item in items(default)) / 2


def test_a_regional_nat_gateway_costs_what_one_in_each_zone_does(default: Run) -> None:
    regional = described(network={"nat": "regional"})
    assert len(regional.of("ec2/natGateway:NatGateway")) == 1
    assert items(regional) == items(default)


def test_prices_have_a_date_and_a_source() -> None:
    assert isinstance(PRICES["as_of"], datetime.date)
    assert all(source.startswith("https://aws.amazon.com/") for source in PRICES["sources"])


def test_a_price_that_nobody_wrote_down_is_an_error_and_not_a_zero() -> None:
    section = {"nodeGroups": [{"name": "general", "instanceTypes": ["x9z.large"]}]}
    with pytest.raises(KeyError, match=r"x9z\.large"):
        items(described(cluster=section))
