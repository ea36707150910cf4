"""What a killed engine was making is told apart: each thing, of every type that is counted, goes to its own URN."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any, cast
from unittest import mock

import boto3
import pytest

from sandbox.engine.identities import REGION
from sandbox.providers.mocks import Registered
from tests.engine.conftest import Sandbox
from tests.support.engine import inventory as census
from tests.support.engine import killed_runs as killed
from tests.support.program.whole_program import program, temporary_aws

TOLD = census.LISTINGS.keys() | census.CHILDREN.keys() | killed.LINKS.keys()


class EmulatedOnly:
    """As much of a sandbox as identifying AWS's things takes."""

    @functools.cache  # noqa: B019 (there is one)
    def aws(self, service: str) -> Any:
        return boto3.client(service, region_name=REGION)


SANDBOX = cast(Sandbox, EmulatedOnly())


@pytest.fixture(scope="module")
def made() -> Iterator[Mapping[str, list[Registered]]]:
    """Type -> what the program made of it, on an AWS that goes on standing."""
    with temporary_aws():
        resources = [each for each in program().resources if each.request.custom]
        types = {type_: [each for each in resources if each.type == f"aws:{type_}"] for type_ in TOLD}
        yield {type_: found for type_, found in types.items() if found}


def identified(pending: list[Registered], exist: list[Registered], type_: str) -> dict[str, str]:
    """URN -> ID of what is found of those pending, while those exist that the state does not know."""
    wanted = [{"urn": each.urn, "type": each.type, "inputs": each.inputs} for each in pending]
    with mock.patch.object(census, "unrecorded", return_value={type_: frozenset(each.id for each in exist)}):
        return killed.identified(SANDBOX, wanted, [])


def test_all_of_a_type_at_once(made: Mapping[str, list[Registered]]) -> None:
    assert len(made) > 40
    for type_, all_of_it in made.items():
        assert identified(all_of_it, all_of_it, type_) == {each.urn: each.id for each in all_of_it}, type_


def test_one_that_happened_among_those_that_did_not(made: Mapping[str, list[Registered]]) -> None:
    for type_, all_of_it in made.items():
        if type_ in killed.LINKS:
            continue
        for one in all_of_it:
            assert identified(all_of_it, [one], type_) == {one.urn: one.id}, (type_, one.name)


@pytest.mark.parametrize("type_", ["iam/groupPolicy:GroupPolicy", "iam/rolePolicy:RolePolicy"])
def test_an_inline_policy_that_nobody_recorded_is_found(made: Mapping[str, list[Registered]], type_: str) -> None:
    """Created again, it gets another name; with the first one left, its role cannot be deleted (DeleteConflict)."""
    first, *others = ({"type": f"aws:{type_}", "id": each.id} for each in made[type_])
    with mock.patch.object(census, "of_kubernetes", return_value=frozenset()):
        assert type_ not in census.unrecorded(SANDBOX, [first, *others])
        assert census.unrecorded(SANDBOX, others)[type_] == {first["id"]}


@pytest.mark.parametrize(
    ("type_", "part"),
    [
        ("ec2/route:Route", "destinationCidrBlock"),
        ("ec2/routeTableAssociation:RouteTableAssociation", "subnetId"),
    ],
)
def test_a_link_that_never_happened_is_not_found(made: Mapping[str, list[Registered]], type_: str, part: str) -> None:
    for one in made[type_]:
        assert killed.LINKS[type_](SANDBOX, one.inputs) == one.id
        assert killed.LINKS[type_](SANDBOX, {**one.inputs, part: "another"}) is None
