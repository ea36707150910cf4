"""A creation that a killed engine left pending comes into the state, or stays where it is."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from commands.adopt_pending import PendingError, adopted, creations, main

VPC, ROLE = "urn:pulumi:a::p::aws:ec2/vpc:Vpc::net", "urn:pulumi:a::p::aws:iam/role:Role::role"


def state() -> dict[str, Any]:
    pending = [
        {
            "type": "creating",
            "resource": {"urn": VPC, "type": "aws:ec2/vpc:Vpc", "inputs": {"cidrBlock": "10.0.0.0/16"}},
        },
        {"type": "deleting", "resource": {"urn": ROLE, "type": "aws:iam/role:Role", "id": "role"}},
    ]
    return {"version": 3, "deployment": {"resources": [{"urn": "stack"}], "pending_operations": pending}}


def test_only_creations_are_told() -> None:
    assert [each["urn"] for each in creations(state())] == [VPC]


def test_what_happened_becomes_a_resource_with_its_id() -> None:
    after = adopted(state(), {VPC: "vpc-1"})["deployment"]
    assert after["resources"][-1]["id"] == "vpc-1"
    assert after["resources"][-1]["inputs"] == {"cidrBlock": "10.0.0.0/16"}
    assert [each["type"] for each in after["pending_operations"]] == ["deleting"]


def test_what_is_not_being_created_is_refused() -> None:
    with pytest.raises(PendingError, match="role"):
        adopted(state(), {ROLE: "role"})


@pytest.mark.parametrize(("arguments", "code"), [([], 0), ([VPC], 2), ([VPC, "vpc-1"], 0), (["urn:no", "x"], 1)])
def test_the_command(
    arguments: list[str], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(state())))
    assert main(arguments) == code
    told = capsys.readouterr().out
    if not arguments:
        assert told == f"{VPC}\n"
    elif code == 0:
        assert json.loads(told)["version"] == 3
