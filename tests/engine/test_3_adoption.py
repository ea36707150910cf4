"""What others take of it, piece by piece: the examples on the real engine."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi.automation.events import EngineEvent

from sandbox.engine.processes import clean_environment
from sandbox.engine.stack import REGION, ROOT, Stack
from tests.engine.conftest import Sandbox
from tests.support.documents import options_of_pulumi, typed

VPC_CIDR = "10.20.0.0/16"
CONTROL_PLANE = {"a": "10.20.0.0/24", "b": "10.20.1.0/24"}
NODES = {"a": "10.20.32.0/19", "b": "10.20.64.0/19"}
PUBLIC = {"a": "10.20.2.0/24", "b": "10.20.3.0/24"}
ADA = {
    "name": "ada",
    "email": "ada@example.org",
    "role": "admin",
    "iam_principal": "arn:aws:iam::123456789012:role/ada",
    "ssh_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPndKL4o0NatpdOWWFf2wAPbsin6VVsA0kzV+dC5hlQX",
}
OWNED = {"owner": "platform", "environment": "development", "protect": False}


@dataclass(frozen=True)
class Theirs:
    """A VPC that somebody else made."""

    vpc: str
    control_plane: dict[str, str]
    nodes: dict[str, dict[str, str]]
    public: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def theirs(sandbox: Sandbox) -> Theirs:
    ec2 = sandbox.aws("ec2")
    vpc = ec2.create_vpc(CidrBlock=VPC_CIDR)["Vpc"]["VpcId"]

    def subnets(cidrs: dict[str, str]) -> dict[str, dict[str, str]]:
        return {
            zone: {
                "id": ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"{REGION}{zone}")["Subnet"][
                    "SubnetId"
                ],
                "cidr": cidr,
            }
            for zone, cidr in cidrs.items()
        }

    plane = {zone: subnet["id"] for zone, subnet in subnets(CONTROL_PLANE).items()}
    return Theirs(vpc=vpc, control_plane=plane, nodes=subnets(NODES), public=subnets(PUBLIC))


def example(sandbox: Sandbox, folder: str, **config: Any) -> Stack:
    told = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    full = {"aws:region": REGION, **{f"{folder}:{key}": value for key, value in told.items()}}
    return sandbox.engine().stack("development", ROOT / "examples" / folder, full, project=folder)


def planned(stack: Stack) -> list[str]:
    """Types of all that a preview would make."""
    types: list[str] = []

    def note(event: EngineEvent) -> None:
        if event.resource_pre_event and "create" in str(event.resource_pre_event.metadata.op).lower():
            types.append(event.resource_pre_event.metadata.type)

    stack.preview(note)
    return types


@pytest.fixture(scope="module")
def cluster(sandbox: Sandbox, theirs: Theirs) -> dict[str, Any]:
    """Outputs of the example's cluster."""
    stack = example(
        sandbox,
        "cluster-in-a-vpc",
        **OWNED,
        name="theirs",
        people=[ADA],
        vpcId=theirs.vpc,
        vpcCidr=VPC_CIDR,
        controlPlaneSubnets=theirs.control_plane,
        nodeSubnets=theirs.nodes,
    )
    stack.up()
    return stack.outputs()


def test_a_cluster_stands_in_a_vpc_that_was_there(sandbox: Sandbox, theirs: Theirs, cluster: dict[str, Any]) -> None:
    made = sandbox.aws("eks").describe_cluster(name="theirs")["cluster"]["resourcesVpcConfig"]
    assert made["vpcId"] == theirs.vpc
    assert set(made["subnetIds"]) == set(theirs.control_plane.values())
    assert made["endpointPublicAccess"] is False
    assert list(cluster["autoscalingGroups"]) == ["general"]


def test_a_vpn_stands_before_a_cluster_that_was_there(
    sandbox: Sandbox, theirs: Theirs, cluster: dict[str, Any]
) -> None:
    stack = example(
        sandbox,
        "vpn-before-a-cluster",
        **OWNED,
        name="theirs-vpn",
        cluster="theirs",
        people=[{**ADA, "generate_vpn_key": True}],
        vpcId=theirs.vpc,
        publicSubnets={zone: subnet["id"] for zone, subnet in theirs.public.items()},
        apiCidrs=list(CONTROL_PLANE.values()),
        apiSecurityGroup=cluster["apiSecurityGroup"],
        resolver="10.20.0.2",
    )
    stack.up()
    assert "ada" in stack.secret_outputs()["profiles"]
    filters = [{"Name": "group-id", "Values": [cluster["apiSecurityGroup"]]}]
    rules = sandbox.aws("ec2").describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
    (bastion,) = [
        one["id"] for one in stack.export()["resources"] if one["urn"].endswith("SecurityGroup::theirs-vpn-instance")
    ]
    ways_in = {
        (rule["ReferencedGroupInfo"]["GroupId"], rule["IpProtocol"], rule["FromPort"], rule["ToPort"])
        for rule in rules
        if not rule["IsEgress"]
    }
    assert (bastion, "tcp", 443, 443) in ways_in


def test_deis_comes_to_a_cluster_that_was_there(sandbox: Sandbox, theirs: Theirs, cluster: dict[str, Any]) -> None:
    types = planned(
        example(
            sandbox,
            "deis-on-a-cluster",
            **OWNED,
            name="theirs-deis",
            domain="apps.example.org",
            administratorEmail="ada@example.org",
            whitelist=["203.0.113.0/24"],
            vpcId=theirs.vpc,
            vpcCidr=VPC_CIDR,
            privateSubnets=theirs.nodes,
            publicSubnets=theirs.public,
            apiCidrs=list(CONTROL_PLANE.values()),
            nodeSecurityGroup=cluster["nodeSecurityGroup"],
            autoscalingGroups=cluster["autoscalingGroups"],
            kubeconfig=cluster["kubeconfig"],
        )
    )
    assert types.count("kubernetes:apps/v1:Deployment") == 3
    assert not [type_ for type_ in types if type_.startswith(("aws:eks", "aws:ec2/vpc"))]


def test_the_pack_alone_judges_a_stack_that_has_nothing_of_ours(sandbox: Sandbox, tmp_path: Path) -> None:
    """As its README has it typed, on the engine's own command line."""
    folder = tmp_path / "examples" / "pack-alone"
    shutil.copytree(ROOT / "examples" / "pack-alone", folder)
    (tmp_path / "policies").symlink_to(ROOT / "policies")
    told = []
    for line in re.findall(r"^    (pulumi .*)$", (folder / "README.md").read_text(), re.MULTILINE):
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=folder,
            env={**clean_environment(), **sandbox.engine().environment()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        told.append((line.rpartition("# ")[2], done.returncode, done.stdout + done.stderr))
    (blocked, code, words), passed = told[4], told[6]
    assert blocked == "blocked: sg-no-public-admin-ports"
    assert code
    assert "sg-no-public-admin-ports" in words
    assert passed[:2] == ("passes", 0), passed
    assert "3 to create" in passed[2]
    assert [each[1] for each in told] == [0, 0, 0, 0, code, 0, 0]


class TestState:
    """The bucket and the key of docs/teams.md, and the engine's own command line with its state in them."""

    @pytest.fixture(scope="class")
    @classmethod
    def outputs(cls, sandbox: Sandbox) -> dict[str, Any]:
        stack = example(sandbox, "state", **OWNED)
        stack.up()
        return stack.outputs()

    @pytest.fixture(scope="class")
    @classmethod
    def pulumi(cls, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
        """Runs the command line in a project of its own."""
        folder = tmp_path_factory.mktemp("project")
        (folder / "Pulumi.yaml").write_text("name: theirs\nruntime: python\n")
        environment = {**sandbox.engine().environment(), "PULUMI_HOME": str(folder / "home"), "HOME": str(folder)}
        for name in ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE_FILE"):
            del environment[name]

        def run(*arguments: str, told: str = "") -> str:
            done = subprocess.run(
                [str(sandbox.folder / "bin" / "pulumi"), *arguments, "--non-interactive"],
                cwd=folder,
                env=environment,
                input=told,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            return done.stdout

        return run

    def test_the_state_and_its_secrets_are_kept_in_them(
        self, sandbox: Sandbox, outputs: dict[str, Any], pulumi: Callable[..., str]
    ) -> None:
        bucket, s3 = bucket_of(outputs), sandbox.aws("s3")
        # The emulated S3 speaks HTTP, which the bucket refuses.
        assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=bucket)["Policy"]
        s3.delete_bucket_policy(Bucket=bucket)
        # And it has no host names for buckets.
        pulumi("login", f"{outputs['backend']}&s3ForcePathStyle=true")
        pulumi("stack", "init", "production", f"--secrets-provider={outputs['secretsProvider']}")
        pulumi("config", "set", "--secret", "theirs:word", told="hush-hush")
        assert pulumi("config", "get", "theirs:word").strip() == "hush-hush"
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]
        assert ".pulumi/stacks/theirs/production.json" in keys

    def test_the_bucket_is_closed_and_encrypted_with_the_key(self, sandbox: Sandbox, outputs: dict[str, Any]) -> None:
        bucket, s3 = bucket_of(outputs), sandbox.aws("s3")
        assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        key = sandbox.aws("kms").describe_key(KeyId="alias/pulumi-state")["KeyMetadata"]["Arn"]
        assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == key

    def test_the_options_that_documents_and_workflows_give_exist(self, pulumi: Callable[..., str]) -> None:
        """Also of the commands that are not run."""
        texts = typed()
        for path in (ROOT / "docs" / "ci").glob("*.yml"):
            jobs = yaml.safe_load(path.read_text())["jobs"].values()
            texts += [step["run"] for job in jobs for step in job["steps"] if "run" in step]
        asked = options_of_pulumi(texts)
        assert {("up",), ("preview",), ("stack", "init")} <= asked.keys()
        for verbs, options in asked.items():
            known = re.findall(r"--[a-z-]+", pulumi(*verbs, "--help"))
            assert not options - {*known}, verbs


def bucket_of(outputs: dict[str, Any]) -> str:
    return outputs["backend"].removeprefix("s3://").partition("?")[0]
