"""The first `up` of the whole program under all that can go wrong: each test goes on where the one before it ended.

The stack that stands in the end was refused, interrupted, killed and made to fail; nothing of that may show.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time

import pytest

from sandbox.engine.stack import ROOT
from sandbox.providers.faults import Plan
from tests.engine.conftest import Sandbox
from tests.support.engine import faulted_runs as faulted
from tests.support.engine import inventory as census
from tests.support.engine.killed_runs import attributes, kill_engine, recover, restore_checkpoint

INTERRUPTED_AFTER = 60
"""Resources that are made when the engine is interrupted."""
KILLED_AFTER = 40
"""Further ones, when it is killed."""
FAILING_LAYERS = (3, 4, 13)
"""Depths at which every creation fails once: the widest ones; `make faults` runs through all."""
TROUBLE_SECONDS = 400


def test_a_preview_on_an_empty_state_plans_everything_and_makes_nothing(sandbox: Sandbox) -> None:
    plan = json.loads(sandbox.must("preview").splitlines()[0])
    assert plan.keys() == {"create"}
    assert plan["create"] > 300
    assert not sandbox.resources()
    assert not [vpc for vpc in sandbox.aws("ec2").describe_vpcs()["Vpcs"] if not vpc["IsDefault"]]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ('{"registrationMode": "enabled"}', "DEIS-REG"),
        ('{"whitelist": ["0.0.0.0/0"]}', "DEIS-WL"),
        ('{"whitelist": ["2001:db8::/32"]}', "IPv6"),
        ('{"nonsense": true}', "is not a setting"),
    ],
)
def test_a_bad_setting_is_refused_before_anything_is_registered(sandbox: Sandbox, setting: str, words: str) -> None:
    deis = {"domain": "deis.example.org", "administrator": {"email": "a@example.org"}, "whitelist": ["203.0.113.0/24"]}
    done = sandbox.run("up", "--set", f"palisade:deis={json.dumps({**deis, **json.loads(setting)})}")
    told = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 1
    assert "palisade:deis" in told
    assert words in told
    assert "Traceback" not in told
    assert [each for each in sandbox.resources() if each["type"] != "pulumi:pulumi:Stack"] == []


def test_an_up_that_is_interrupted_is_taken_up_again(sandbox: Sandbox) -> None:
    path = sandbox.folder / "interrupted.log"
    with path.open("w") as log:
        process = subprocess.Popen(sandbox.command("up"), cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + TROUBLE_SECONDS
        while path.read_text().count("created") < INTERRUPTED_AFTER:
            assert process.poll() is None, path.read_text()[-3000:]
            assert time.monotonic() < deadline
            time.sleep(0.2)
        # To the whole group, as a terminal does.
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(TROUBLE_SECONDS) != 0
    assert "stopping" in path.read_text()
    assert not sandbox.stack().export().get("pending_operations")
    assert INTERRUPTED_AFTER <= len(sandbox.resources()) < 300


def test_an_up_whose_engine_is_killed_is_recovered_as_documented(sandbox: Sandbox) -> None:
    before = len(sandbox.resources())
    kill_engine(sandbox, sandbox.command("up"), "created", KILLED_AFTER)
    recover(sandbox)
    resources = sandbox.resources()
    assert before < len(resources) < 300
    assert census.unrecorded(sandbox, resources) == {}


def test_a_state_that_was_being_written_is_read_again_as_documented(sandbox: Sandbox) -> None:
    before = sandbox.resources()
    attributes(sandbox).write_text("")
    assert "failed to load checkpoint: EOF" in sandbox.pulumi("cancel", "--yes").stderr
    restore_checkpoint(sandbox)
    sandbox.must_pulumi("cancel", "--yes")
    assert sandbox.resources() == before


def test_creations_that_fail_are_survived_by_a_plain_up(sandbox: Sandbox) -> None:
    made = {each["urn"] for each in sandbox.resources()}
    program = faulted.graph(sandbox.state)
    depth = faulted.layers(program)
    urns = tuple(urn for layer in FAILING_LAYERS for urn in depth[layer] if urn not in made)
    report = faulted.up_under_faults(sandbox.stack(), sandbox.state, Plan(kinds=faulted.KINDS, urns=urns))
    print(report.table())
    assert len(report.failures) == len(urns) > 80
    assert {kind for _, kind in report.tried} == set(faulted.KINDS)
    assert report.survived == len(urns)
    resources = sandbox.resources()
    assert {each.urn for each in program} <= {each["urn"] for each in resources}


def test_nothing_is_made_twice_orphaned_or_lost(sandbox: Sandbox) -> None:
    resources = sandbox.resources()
    assert census.uncounted(resources) == set()
    assert len({each["urn"] for each in resources}) == len(resources)
    assert census.unrecorded(sandbox, resources) == {}
    assert census.missing(sandbox, resources) == {}


def test_what_is_made_twice_orphaned_or_lost_is_noticed(sandbox: Sandbox) -> None:
    resources, ec2, iam = sandbox.resources(), sandbox.aws("ec2"), sandbox.aws("iam")
    metadata = {"name": "left", "namespace": "default"}
    left_behind = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"left": "behind"}}
    (robot,) = [each["inputs"]["user"] for each in resources if each["type"] == "aws:iam/accessKey:AccessKey"]
    role = next(each["id"] for each in resources if each["type"] == "aws:iam/role:Role")
    allowed = {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [allowed]}
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    key = iam.create_access_key(UserName=robot)["AccessKey"]["AccessKeyId"]
    iam.put_role_policy(RoleName=role, PolicyName="left", PolicyDocument=json.dumps(policy))
    sandbox.api.apply(left_behind)
    try:
        assert census.unrecorded(sandbox, resources) == {
            "ec2/eip:Eip": {address},
            "iam/accessKey:AccessKey": {key},
            "iam/rolePolicy:RolePolicy": {f"{role}:left"},
            "kubernetes": {"ConfigMap default/left"},
        }
    finally:
        ec2.release_address(AllocationId=address)
        iam.delete_access_key(UserName=robot, AccessKeyId=key)
        iam.delete_role_policy(RoleName=role, PolicyName="left")
        sandbox.api.request("DELETE", sandbox.api.path(left_behind))
    gone = {"type": "aws:ec2/eip:Eip", "id": address, "urn": "urn:gone"}
    assert census.missing(sandbox, [*resources, gone]) == {"ec2/eip:Eip": {address}}
