"""The whole program while it stands, and its end: each test begins where the one before it ended."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from botocore.config import Config

from sandbox.engine.identities import STACK
from sandbox.engine.stack import ROOT
from tests.engine.conftest import Sandbox
from tests.support.documents import differences, with_commands
from tests.support.engine import inventory as census
from tests.support.engine.killed_runs import kill_engine, recover

PEOPLE = {"ada", "grace", "lin"}
DELETED = 100
"""Resources that are gone when the engine is killed."""
pytestmark = pytest.mark.usefixtures("standing")

ADVISORY = re.compile(r"^\| `([a-z0-9]+(?:-[a-z0-9]+)+)` \| .* \| .* \|$", re.MULTILINE)
"""A policy of the list of advisories that stay, in docs/deis.md."""


def test_what_stands_answers(sandbox: Sandbox) -> None:
    cluster = sandbox.aws("eks").describe_cluster(name="palisade")["cluster"]
    assert cluster["resourcesVpcConfig"]["endpointPublicAccess"] is False
    entries = sandbox.aws("eks").list_access_entries(clusterName="palisade")["accessEntries"]
    assert {entry.rpartition("/")[2] for entry in entries} >= PEOPLE
    (bastion,) = [
        group
        for group in sandbox.aws("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
        if "vpn" in group["AutoScalingGroupName"]
    ]
    assert len(bastion["Instances"]) == 1
    vpcs = [vpc["VpcId"] for vpc in sandbox.aws("ec2").describe_vpcs()["Vpcs"] if not vpc["IsDefault"]]
    assert len(vpcs) == 1, "an interrupted up made a second network"


def test_deis_is_ready_and_its_administrator_came_first(sandbox: Sandbox) -> None:
    deployments = {each["metadata"]["name"]: each for each in sandbox.api.list("apps/v1", "Deployment", "deis", "")}
    assert deployments.keys() >= {"deis-controller", "deis-builder", "deis-router"}
    for each in deployments.values():
        assert each["status"]["availableReplicas"] == each["spec"]["replicas"]
    (job,) = [
        each
        for each in sandbox.api.list("batch/v1", "Job", "deis", "")
        if each["metadata"]["name"].startswith("deis-bootstrap")
    ]
    router = deployments["deis-router"]["metadata"]["creationTimestamp"]
    assert job["status"]["completionTime"] <= router


def test_the_documented_line_writes_a_persons_files_for_nobody_else(sandbox: Sandbox) -> None:
    text = (ROOT / "docs" / "vpn.md").read_text()
    (line,) = [line for line in text.splitlines() if line.startswith("    pulumi ") and "commands.vpn_profile" in line]
    engine, folder = sandbox.engine(), sandbox.folder / "projects" / "palisade"
    environment = {**engine.environment(), "PULUMI_STACK": STACK, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["sh", "-ec", f"umask 0; {line}"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    secrets = sandbox.stack().secret_outputs()
    for name, expected in {
        "ada.ovpn": secrets["vpnProfiles"]["ada"],
        "ada.otpauth": f"{secrets['vpnEnrolments']['ada']}\n",
    }.items():
        assert (folder / name).read_text() == expected
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    shown = done.stdout + done.stderr
    assert not [part for secret in leaves(secrets) for part in private_parts(secret) if part in shown]
    # Without the flag the engine hides them, and that is no profile.
    hidden = line.replace(" --show-secrets", "")
    again = subprocess.run(
        ["sh", "-c", hidden], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert again.returncode == 1
    assert "vpnProfiles is hidden" in again.stderr


def test_the_pack_finds_what_it_let_through_compliant_without_an_engine(sandbox: Sandbox, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"version": 3, "deployment": sandbox.stack().export()}))
    for preset in ("development", "production"):
        command = [sys.executable, "-m", "policies", "check", str(state), "--preset", preset, "--format", "json"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        (stack,) = json.loads(done.stdout)["stacks"]
        assert stack["resources"] == len(sandbox.resources())
        assert len(stack["passed"]) > 80
        # Secrets are encrypted in the state, and nothing else may be left open.
        assert {path for each in stack["open"] for path in each["paths"]} <= {"data", "password", "userData"}
    assert advisories(state) == {*ADVISORY.findall((ROOT / "docs" / "deis.md").read_text())}


def advisories(state: Path) -> set[str]:
    """IDs of the advisory policies that the state breaks, by the pack's own levels."""
    command = [sys.executable, "-m", "policies", "check", str(state), "--format", "json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    (stack,) = json.loads(done.stdout)["stacks"]
    return {finding["policy"] for finding in stack["findings"] if finding["level"] == "advisory"}


def test_another_up_changes_nothing(sandbox: Sandbox) -> None:
    told = sandbox.must("up")
    for words in (
        "nothing changed",
        "What runs",
        "Kubernetes API",
        "VPN endpoint",
        "https://deis.",
        "policies passed",
    ):
        assert words in told


@pytest.mark.parametrize("document", with_commands(), ids=lambda path: path.name)
def test_the_commands_of_a_document_print_what_it_says(sandbox: Sandbox, document: Path, tmp_path: Path) -> None:
    told = differences(document, sandbox.engine().environment(), sandbox.state, tmp_path)
    assert not told, "\n".join(told)


def leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in leaves(each)]
    return [value] if isinstance(value, str) else []


def private_parts(secret: str) -> list[str]:
    lines = secret.splitlines()
    if len(lines) == 1:
        return [secret]
    starts = [index for index, line in enumerate(lines) if "PRIVATE KEY" in line or "client key" in line]
    return [lines[index + 1] for index in starts if not lines[index].startswith("-----END")]


def test_a_refresh_finds_no_drift(sandbox: Sandbox) -> None:
    assert "no drift" in sandbox.must("refresh")


def test_drift_is_found_and_an_up_repairs_it(sandbox: Sandbox) -> None:
    logs = sandbox.aws("logs")
    group = "/aws/eks/palisade/cluster"
    logs.put_retention_policy(logGroupName=group, retentionInDays=1)
    restart = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "deis-restart", "namespace": "deis"}}
    sandbox.api.request("DELETE", sandbox.api.path(restart))
    done = sandbox.run("refresh")
    assert done.returncode == 3, done.stderr
    drift = done.stderr.rpartition("drift")[2]
    assert "'update': 1" in drift
    assert "'delete': 1" in drift
    sandbox.must("up")
    (found,) = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert found["retentionInDays"] == 365
    assert sandbox.api.get(restart)


def test_a_field_that_somebody_else_took_is_told_with_its_owner_and_the_way_out(sandbox: Sandbox) -> None:
    """As kubectl scale does: the engine neither overwrites it silently nor gives up without a word."""
    router = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "deis-router", "namespace": "deis"}}
    scale = f"{sandbox.api.path(router)}/scale"
    merge = "application/merge-patch+json"
    sandbox.api.request("PATCH", scale, {"spec": {"replicas": 1}}, content_type=merge)
    assert sandbox.run("refresh").returncode == 3
    done = sandbox.run("up")
    told = " ".join(done.stderr.split())
    assert done.returncode == 1
    assert "deis-router" in told
    assert ".spec.replicas" in told
    assert "pulumi.com/patchForce" in told
    sandbox.api.request("PATCH", scale, {"spec": {"replicas": 2}}, content_type=merge)
    sandbox.must("up")
    assert "no drift" in sandbox.must("refresh")


def test_two_commands_at_once_do_not_meet(sandbox: Sandbox) -> None:
    with sandbox.state.locked():
        done = sandbox.run("up")
    assert done.returncode == 1
    assert "another command" in done.stderr


def test_a_second_up_beside_the_first_is_refused_by_the_engine_s_own_lock(sandbox: Sandbox) -> None:
    stack, refused = sandbox.stack(), []

    def from_another_machine(_: object) -> None:
        # The first event: the engine holds the stack's lock. Nobody's `python -m sandbox` stands before it here.
        if not refused:
            refused.append(sandbox.pulumi("refresh", "--yes", "--skip-preview"))

    stack.refresh(from_another_machine)
    (done,) = refused
    assert done.returncode != 0
    assert "the stack is currently locked by 1 lock(s)" in done.stderr
    assert "pulumi cancel" in done.stderr


def test_a_destroy_whose_engine_is_killed_is_taken_up_again_and_leaves_what_it_retains_and_nothing_else(
    sandbox: Sandbox,
) -> None:
    before = len(sandbox.resources())
    retained = sandbox.stack().outputs()["retained"]
    engine = [str(sandbox.folder / "bin" / "pulumi"), "destroy", "--yes", "--skip-preview", "--stack", STACK]
    kill_engine(sandbox, [*engine, "-C", str(sandbox.folder / "projects" / "palisade")], "deleted", DELETED)
    recover(sandbox)
    assert 0 < len(sandbox.resources()) < before
    sandbox.stack().destroy()
    assert sandbox.resources() == []
    assert {type_: ids for type_, ids in census.of_aws(sandbox).items() if ids} == {
        # EKS delivers the last lines after the group is gone.
        "cloudwatch/logGroup:LogGroup": {"/aws/eks/palisade/cluster"},
        "kms/key:Key": {retained["trailKeyArn"].rpartition("/")[2]},
        "s3/bucket:Bucket": {retained["trailBucket"]},
    }
    assert census.of_kubernetes(sandbox) == set()
    instances = [
        instance
        for reservation in sandbox.aws("ec2").describe_instances()["Reservations"]
        for instance in reservation["Instances"]
    ]
    assert [each for each in instances if each["State"]["Name"] != "terminated"] == []


def test_what_a_destroy_retains_is_as_safe_as_before(sandbox: Sandbox) -> None:
    s3, account = sandbox.aws("s3"), "123456789012"
    (bucket,) = [each["Name"] for each in s3.list_buckets()["Buckets"]]
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] > 0
    assert s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]["Rule"]
    assert "NothingWithoutTls" in s3.get_bucket_policy(Bucket=bucket)["Policy"]
    blocks = [
        s3.get_public_access_block(Bucket=bucket),
        sandbox.aws("s3control", Config(inject_host_prefix=False)).get_public_access_block(AccountId=account),
    ]
    assert all(all(each["PublicAccessBlockConfiguration"].values()) for each in blocks)
    assert sandbox.aws("ec2").get_ebs_encryption_by_default()["EbsEncryptionByDefault"]
    assert sandbox.aws("ec2").get_instance_metadata_defaults()["AccountLevel"]["HttpTokens"] == "required"
    assert sandbox.aws("iam").get_account_password_policy()["PasswordPolicy"]["MinimumPasswordLength"] == 14


def test_down_leaves_no_process_no_port_and_no_file(sandbox: Sandbox) -> None:
    services = sandbox.state.services()
    sandbox.must("down")
    assert not sandbox.folder.exists()
    assert not [service.name for service in services.values() if service.alive]
    listening = {
        getattr(each.laddr, "port", None) for each in psutil.net_connections("tcp") if each.status == psutil.CONN_LISTEN
    }
    assert not listening & {service.port for service in services.values() if service.port}
    assert "nothing to remove" in sandbox.must("down")
