"""Input of the scanners: the whole program, run on the stand-in providers, as files."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
import yaml

from sandbox.engine.stack import ROOT
from sandbox.providers.mocks import Run
from tests.support.program.whole_program import program, temporary_aws

HOLDERS: Final = ("UserDetailList", "GroupDetailList", "RoleDetailList")
INLINE: Final = ("UserPolicyList", "GroupPolicyList", "RolePolicyList")
RANDOM_SUFFIX: Final = re.compile(r"-[0-9a-f]{7}$")
"""What Pulumi appends to a name of its own making."""


@dataclass(frozen=True)
class Rendering:
    """Input files of the scanners."""

    folder: Path

    @property
    def manifests(self) -> Path:
        """All Kubernetes objects, as YAML documents, without patches of objects that Kubernetes creates itself."""
        return self.folder / "manifests.yaml"

    @property
    def authorization(self) -> Path:
        """IAM's users, groups, roles and policies, as GetAccountAuthorizationDetails returns them."""
        return self.folder / "authorization.json"

    @property
    def repository(self) -> Path:
        """The files of this repository, without those that git ignores."""
        return self.folder / "repository"


def render(folder: Path) -> Rendering:
    """Write everything into `folder`."""
    rendering = Rendering(folder)
    with temporary_aws():
        rendering.manifests.write_text(manifests(program()))
        rendering.authorization.write_text(json.dumps(authorization_details(), default=str))
    _copy_repository(rendering.repository)
    return rendering


def manifests(run: Run) -> str:
    """The Kubernetes objects of a run as YAML documents."""
    found = [resource for resource in run.resources if resource.type.startswith("kubernetes:")]
    return yaml.safe_dump_all(resource.inputs for resource in found if not resource.type.endswith("Patch"))


def authorization_details() -> dict[str, Any]:
    """GetAccountAuthorizationDetails, with attached managed policies only."""
    details: dict[str, Any] = boto3.client("iam").get_account_authorization_details()
    held = [holder for kind in HOLDERS for holder in details[kind]]
    attached = {policy["PolicyArn"] for holder in held for policy in holder["AttachedManagedPolicies"]}
    for holder in held:
        for policy in (policy for kind in INLINE for policy in holder.get(kind, ())):
            policy["PolicyName"] = RANDOM_SUFFIX.sub("", policy["PolicyName"])
    policies = [policy for policy in details["Policies"] if policy["Arn"] in attached]
    return {kind: details[kind] for kind in HOLDERS} | {"Policies": [*_named(policies)]}


def _named(policies: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """The policies with the members that moto, unlike AWS, omits from this response."""
    for policy in policies:
        name = policy["Arn"].rpartition("/")[2]
        yield {"PolicyName": name, "PolicyId": name, **policy}


def _copy_repository(folder: Path) -> None:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603
    for name in filter(None, listed.split("\0")):
        source, target = ROOT / name, folder / name
        if source.is_file() and not source.is_symlink():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
