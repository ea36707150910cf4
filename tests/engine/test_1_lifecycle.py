"""The whole program through its life, in the order of the file: each test begins where the one before it ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from sandbox.cli import STACK, stack_config
from sandbox.engine import ROOT, Stack
from tests.documents import differences, with_commands
from tests.engine.conftest import Sandbox

PEOPLE = {"ada", "grace", "lin"}
INTERRUPTED_AFTER = 60
"""Resources that are made when the engine is interrupted."""
TROUBLE_SECONDS = 120


def stack_of(sandbox: Sandbox) -> Stack:
    return sandbox.engine().stack(STACK, ROOT, stack_config(sandbox.state, ()))


def resources(sandbox: Sandbox) -> list[dict]:
    return stack_of(sandbox).export().get("resources") or []


def test_a_preview_on_an_empty_state_plans_everything_and_makes_nothing(sandbox: Sandbox) -> None:
    plan = json.loads(sandbox.must("preview").splitlines()[0])
    assert plan.keys() == {"create"}
    assert plan["create"] > 300
    assert not resources(sandbox)
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
    assert [each for each in resources(sandbox) if each["type"] != "pulumi:pulumi:Stack"] == []


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
    assert not stack_of(sandbox).export().get("pending_operations")
    assert INTERRUPTED_AFTER <= len(resources(sandbox)) < 300
    told = sandbox.must("up")
    assert "What stands" in told
    for title in ("Kubernetes API", "VPN endpoint", "https://deis.", "passed: palisade"):
        assert title in told


def test_what_stands_answers(sandbox: Sandbox) -> None:
    cluster = sandbox.aws("eks").describe_cluster(name="palisade")["cluster"]
    assert cluster["resourcesVpcConfig"]["endpointPublicAccess"] is False
    entries = sandbox.aws("eks").list_access_entries(clusterName="palisade")["accessEntries"]
    assert {entry.rpartition("/")[2] for entry in entries} >= PEOPLE
    (box,) = [
        group
        for group in sandbox.aws("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
        if "vpn" in group["AutoScalingGroupName"]
    ]
    assert len(box["Instances"]) == 1
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
    (line,) = [line for line in text.splitlines() if line.startswith("    pulumi ") and "components.handout" in line]
    engine, folder = sandbox.engine(), sandbox.folder / "projects" / "palisade"
    environment = {**engine.environment(), "PULUMI_STACK": STACK, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["sh", "-ec", f"umask 0; {line}"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    secrets = stack_of(sandbox).secret_outputs()
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
    state.write_text(json.dumps({"version": 3, "deployment": stack_of(sandbox).export()}))
    for preset in ("development", "production"):
        command = [sys.executable, "-m", "policies", "check", str(state), "--preset", preset, "--format", "json"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        told = json.loads(done.stdout)
        assert told["checked"]["resources"] == len(resources(sandbox))
        assert told["summary"]["passed"] > 80
        # Secrets are encrypted in the state, and nothing else may be left open.
        assert {path for each in told["open"] for path in each["paths"]} <= {"data", "stringData", "userData"}


def test_a_second_up_changes_nothing(sandbox: Sandbox) -> None:
    assert "nothing changed" in sandbox.must("up")


@pytest.mark.parametrize("document", with_commands(), ids=lambda path: path.name)
def test_the_commands_of_a_document_print_what_it_says(sandbox: Sandbox, document: Path, tmp_path: Path) -> None:
    told = differences(document, sandbox.engine().environment(), tmp_path)
    assert not told, "\n".join(told)


def test_no_secret_is_in_the_state_the_logs_or_the_tags(sandbox: Sandbox) -> None:
    secrets = leaves(stack_of(sandbox).secret_outputs())
    assert len(secrets) >= 2 * len(PEOPLE)
    # A profile holds certificates, which are public, so what stands between its key's markers is searched for.
    parts = {part.encode() for secret in secrets for part in private_parts(secret)}
    stored = [path for path in (sandbox.folder / "backend").rglob("*") if path.is_file()]
    assert len(stored) >= 2
    # Only files are told: what is found is a secret.
    leaks = {
        str(path)
        for path in [*stored, *sandbox.state.logs.iterdir()]
        if any(part in path.read_bytes() for part in parts)
    }
    assert not leaks


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


def test_a_destroy_leaves_nothing_in_aws_and_kubernetes(sandbox: Sandbox) -> None:
    stack_of(sandbox).destroy()
    assert resources(sandbox) == []
    assert sandbox.aws("eks").list_clusters()["clusters"] == []
    assert [vpc for vpc in sandbox.aws("ec2").describe_vpcs()["Vpcs"] if not vpc["IsDefault"]] == []
    assert [
        instance
        for reservation in sandbox.aws("ec2").describe_instances()["Reservations"]
        for instance in reservation["Instances"]
        if instance["State"]["Name"] != "terminated"
    ] == []
    assert sandbox.aws("rds").describe_db_instances()["DBInstances"] == []
    assert sandbox.aws("s3").list_buckets()["Buckets"] == []
    assert sandbox.aws("logs").describe_log_groups()["logGroups"] == []
    assert sandbox.aws("secretsmanager").list_secrets()["SecretList"] == []
    assert sandbox.aws("elbv2").describe_load_balancers()["LoadBalancers"] == []
    roles = [role["RoleName"] for role in sandbox.aws("iam").list_roles()["Roles"]]
    assert [name for name in roles if name.startswith("palisade")] == []
    assert sandbox.api.get({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "deis"}}) is None


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
