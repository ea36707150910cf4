"""Faults that the sandbox's plugins put in: a resource fails once, as with the real providers; what exists is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest

from sandbox.providers.base import InitializationFailed
from sandbox.providers.faults import AFTER, BEFORE, LOST, Fault, Faults, Plan, failed
from sandbox.providers.mocks import StandIns

URN = "urn:pulumi:test::palisade::aws:ec2/vpc:Vpc::net"
TYPE = "aws:ec2/vpc:Vpc"


def planned(folder: Path, **plan: Any) -> Faults:
    Plan(**plan).write(folder)
    return Faults(folder)


def test_without_a_plan_nothing_fails(tmp_path: Path) -> None:
    put_in = Faults(tmp_path)
    put_in.before(URN, TYPE)
    put_in.after(URN, TYPE)
    put_in.answered(URN, TYPE)
    assert failed(tmp_path) == []


@pytest.mark.parametrize("kind", BEFORE)
def test_a_creation_fails_once_before_anything_exists(tmp_path: Path, kind: str) -> None:
    put_in = planned(tmp_path, kinds=(kind,))
    with pytest.raises(Fault):
        put_in.before(URN, TYPE)
    put_in.before(URN, TYPE)
    # Another plugin of the same sandbox, as the next `up` starts one.
    Faults(tmp_path).before(URN, TYPE)
    assert failed(tmp_path) == [{"urn": URN, "type": TYPE, "kind": kind}]


@pytest.mark.parametrize("kind", AFTER)
def test_what_exists_when_its_creation_fails_is_handed_over_with_its_id(
    tmp_path: Path, stand_ins: StandIns, kind: str
) -> None:
    provider = stand_ins["aws"]
    provider.faults = planned(tmp_path, kinds=(kind,))
    inputs = {"cidrBlock": "10.9.0.0/16"}
    with pytest.raises(InitializationFailed, match="put in by the sandbox") as partial:
        provider.create(URN, TYPE, inputs, False, 60)
    vpcs = boto3.client("ec2", region_name="eu-central-1").describe_vpcs(VpcIds=[partial.value.id])["Vpcs"]
    assert [vpc["CidrBlock"] for vpc in vpcs] == ["10.9.0.0/16"]
    # What the next `up` does with a resource that is recorded as not initialized.
    outputs = provider.update(URN, TYPE, partial.value.id, inputs, partial.value.outputs, inputs, False, 60)
    assert outputs["arn"]


def test_a_secret_that_is_told_once_is_handed_over_with_the_failure(tmp_path: Path, stand_ins: StandIns) -> None:
    provider = stand_ins["aws"]
    iam = boto3.client("iam", region_name="eu-central-1")
    iam.create_user(UserName="robot")
    provider.faults = planned(tmp_path, kinds=("timeout",))
    type_ = "aws:iam/accessKey:AccessKey"
    with pytest.raises(InitializationFailed) as partial:
        provider.create(f"urn:pulumi:test::palisade::{type_}::key", type_, {"user": "robot"}, False, 60)
    assert partial.value.outputs["secret"]
    assert len(iam.list_access_keys(UserName="robot")["AccessKeyMetadata"]) == 1


def test_an_answer_that_is_lost_leaves_nothing_to_record(tmp_path: Path) -> None:
    put_in = planned(tmp_path, kinds=(LOST,))
    put_in.before(URN, TYPE)
    put_in.after(URN, TYPE)
    with pytest.raises(Fault, match="connection reset"):
        put_in.answered(URN, TYPE)
    put_in.answered(URN, TYPE)


def test_values_of_the_state_only_fail_before_they_are_made() -> None:
    plan = Plan(kinds=(*BEFORE, *AFTER))
    kinds = {plan.kind(f"urn:pulumi:t::p::tls:index/privateKey:PrivateKey::{n}", "tls:index/x:Y") for n in range(50)}
    assert kinds == set(BEFORE)
    assert {plan.kind(f"{URN}{n}", TYPE) for n in range(50)} == {*BEFORE, *AFTER}


def test_a_plan_for_some_leaves_the_others_alone(tmp_path: Path) -> None:
    put_in = planned(tmp_path, kinds=("throttling",), urns=(URN,))
    put_in.before(f"{URN}-other", TYPE)
    with pytest.raises(Fault):
        put_in.before(URN, TYPE)


def test_delays_are_those_of_the_type_and_scaled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("sandbox.providers.faults.time.sleep", slept.append)
    put_in = planned(tmp_path, seconds={TYPE: 12.0}, scale=0.5)
    put_in.before(URN, TYPE)
    put_in.before(URN, "aws:ec2/subnet:Subnet")
    assert slept == [6.0]
