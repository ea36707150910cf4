"""The package for other languages: taken from git by the engine's own command, and used by a YAML program."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest
import yaml
from pulumi import automation as auto

from components.context import AwsContext
from components.network import Network, NetworkArgs
from components.tags import Tags
from package.components import version
from sandbox.engine.processes import clean_environment
from sandbox.engine.stack import PACK, REGION, EngineError, Stack
from tests.engine.conftest import Sandbox
from tests.support.engine.git_forge import HOST, forge

REPOSITORY = "your-org/palisade.git"
SOURCE = f"{HOST}/{REPOSITORY}/package@v{version()}"
TAGS = {"owner": "platform", "environment": "development", "stack": "package"}
NETWORK = {
    "tags": TAGS,
    "zones": ["a", "b"],
    "nat": "single",
    "endpoints": ["sts"],
    "egressDomains": ["registry.example.org"],
    "logRetentionDays": 90,
    "protect": False,
}
OUTPUTS = {"vpc": "vpcId", "cidr": "vpcCidr", "private": "privateSubnetIds", "ways": "waysOut"}


def directly() -> None:
    """The same network by the Python class."""
    network = Network(
        "net",
        NetworkArgs(
            context=AwsContext.current(),
            tags=Tags(owner=TAGS["owner"], environment=TAGS["environment"], stack=TAGS["stack"]),
            zones=["a", "b"],
            nat="single",
            endpoints=["sts"],
            egress_domains=["registry.example.org"],
            log_retention_days=90,
            protect=False,
        ),
    )
    pulumi.export("vpc", network.vpc_id)
    pulumi.export("cidr", network.vpc_cidr)
    pulumi.export("private", network.private_subnet_ids)
    pulumi.export("ways", [way.urn for way in network.ways_out])


class TestFromGit:
    """A team with a YAML program and nothing of this repository."""

    @pytest.fixture(scope="class")
    @classmethod
    def command(cls, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
        """Runs the engine's command line in that team's project."""
        project = tmp_path_factory.mktemp("theirs")
        program = {
            "name": "package",
            "runtime": "yaml",
            "resources": {"net": {"type": "palisade:Network", "properties": NETWORK}},
            "outputs": {name: f"${{net.{attribute}}}" for name, attribute in OUTPUTS.items()},
        }
        (project / "Pulumi.yaml").write_text(yaml.safe_dump(program))
        served = tmp_path_factory.mktemp("forge")
        with forge(served, REPOSITORY, f"v{version()}") as reached:
            # What the sandbox offers of the package is out of the way.
            environment = {**clean_environment(), **sandbox.engine().environment(), **reached}
            (sandbox.folder / "bin" / "pulumi-resource-palisade").unlink()

            def run(*arguments: str) -> str:
                done = subprocess.run(
                    [str(sandbox.folder / "bin" / "pulumi"), *arguments, "--non-interactive", "--color", "never"],
                    cwd=project,
                    env=environment,
                    capture_output=True,
                    text=True,
                    timeout=120,
                    check=False,
                )
                assert done.returncode == 0, done.stdout + done.stderr
                return done.stdout + done.stderr

            yield run

    def test_a_yaml_program_takes_it_at_a_version_and_makes_what_the_class_makes(
        self, sandbox: Sandbox, command: Callable[..., str]
    ) -> None:
        """Under the same URNs as well, so that a program may go from one to the other and nothing changes."""
        told = command("package", "add", SOURCE)
        assert "Successfully generated an SDK for the palisade package" in told
        assert "Added package your-org/palisade" in told
        command("stack", "init", "package")
        command("config", "set", "aws:region", REGION)
        told = command("up", "--yes", "--skip-preview", "--policy-pack", str(PACK))
        assert "palisade@v" in told, "the pack did not judge"
        made = [one for one in state(sandbox) if not one["type"].startswith("pulumi:providers:")]
        assert len(made) > 40
        preview = sandbox.engine().stack("package", directly, {"aws:region": REGION}, project="package").preview()
        assert {auto.OpType(kind).value: count for kind, count in preview.change_summary.items()} == {"same": len(made)}

    def test_it_can_be_taken_down_again(self, sandbox: Sandbox, command: Callable[..., str]) -> None:
        command("destroy", "--yes", "--skip-preview")
        assert not state(sandbox)


def state(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Resources of the team's stack."""
    return sandbox.engine().stack("package", directly, project="package").export().get("resources") or []


class RemoteNetwork(pulumi.ComponentResource):
    """What a generated SDK would hold."""

    def __init__(self, name: str, **props: Any) -> None:
        super().__init__("palisade:index:Network", name, props, remote=True)


def wrong() -> None:
    """A network in too few zones."""
    RemoteNetwork("net", tags={**TAGS, "stack": "wrong"}, zones=["a"])


def test_the_package_refuses_what_the_component_refuses(sandbox: Sandbox) -> None:
    stack: Stack = sandbox.engine().stack("wrong", wrong, {"aws:region": REGION}, project="package")
    with pytest.raises(EngineError, match=r"NetworkArgs\.zones: 1 zones are not enough"):
        stack.preview()
