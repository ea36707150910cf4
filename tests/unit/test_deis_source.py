"""Who gets an application's source from the builder: nobody, by real git with the builder's configuration."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from components.deis.builder import GIT_CONFIG_TEXT, VOLUMES
from policies.guidelines.deis import BUILDER
from tests.support.program.deis_of import objects, of_deis, pod_of


class Builder:
    """A repository of the builder and a person's own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bare, self.own = folder, folder / "shop.git", folder / "own"
        self.system = folder / "gitconfig"
        self.system.write_text(GIT_CONFIG_TEXT)
        self.git("init", "--quiet", "--bare", str(self.bare))
        self.git("init", "--quiet", str(self.own))

    def git(
        self, *arguments: str, system: str | None = None, at: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        # /etc/gitconfig of the builder's image.
        environment = os.environ | {"GIT_CONFIG_SYSTEM": system or str(self.system), "GIT_CONFIG_GLOBAL": "/dev/null"}
        identity = ("-c", "user.name=ada", "-c", "user.email=ada@example.org")
        command = ["git", *identity, *arguments]
        return subprocess.run(
            command, cwd=at or self.folder, env=environment, capture_output=True, text=True, check=False
        )

    def push(self, text: str) -> subprocess.CompletedProcess[str]:
        (self.own / "source").write_text(text)
        self.git("add", ".", at=self.own)
        self.git("commit", "--quiet", "-m", text, at=self.own)
        return self.git("push", "--quiet", f"file://{self.bare}", "HEAD:refs/heads/master", at=self.own)


@pytest.fixture
def builder(tmp_path: Path) -> Builder:
    made = Builder(tmp_path)
    assert made.push("first").returncode == 0
    return made


@pytest.mark.parametrize(
    "fetch",
    [["clone"], ["clone", "--depth=1"], ["-c", "protocol.version=0", "clone"], ["-c", "protocol.version=1", "clone"]],
    ids=" ".join,
)
def test_nobody_fetches(builder: Builder, fetch: list[str]) -> None:
    copy = builder.folder / "copy"
    answer = builder.git(*fetch, f"file://{builder.bare}", str(copy))
    assert answer.returncode != 0
    assert not (copy / "source").exists()


def test_without_the_configuration_everybody_does(builder: Builder) -> None:
    assert builder.git("clone", f"file://{builder.bare}", "copy", system="/dev/null").returncode == 0


def test_a_repository_does_not_change_that(builder: Builder) -> None:
    builder.git("config", "uploadpack.packObjectsHook", "", at=builder.bare)
    assert builder.git("clone", f"file://{builder.bare}", "copy").returncode != 0


def test_what_the_builder_does_with_a_push_goes_on(builder: Builder) -> None:
    """pkg/gitreceive/build.go: the archive of what was pushed, and gc at the end."""
    assert builder.push("second").returncode == 0
    for command in (["archive", "--format=tar.gz", "--output=shop.tar.gz", "master"], ["gc", "--quiet"]):
        answer = builder.git(*command, at=builder.bare)
        assert answer.returncode == 0, answer.stderr
    assert builder.push("third").returncode == 0


def test_the_builder_has_it_as_the_systems_configuration() -> None:
    made = objects(of_deis())
    (container,) = pod_of(made["Deployment", BUILDER])["containers"]
    (mount,) = [one for one in container["volumeMounts"] if one["mountPath"] == "/etc/gitconfig"]
    assert mount["readOnly"] is True
    (volume,) = [one for one in pod_of(made["Deployment", BUILDER])["volumes"] if one["name"] == mount["name"]]
    assert made["ConfigMap", volume["configMap"]["name"]].inputs["data"][mount["subPath"]] == GIT_CONFIG_TEXT
    assert [volume.path for volume in VOLUMES if volume.key] == ["/etc/gitconfig"]
