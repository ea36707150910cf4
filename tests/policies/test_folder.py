"""The folder is the whole pack: what it imports, what it pins, and what it says about itself."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest
import yaml

from policies.kernel.policy import Policy
from policies.registry import PACK, POLICIES, cases
from tools.policy_reference import HANDBOOK, README, handbook, rendered

FOLDER = README.parent
FILES = sorted(FOLDER.rglob("*.py"))
PINNED = {"jinja2", "jsonschema", "pulumi", "pulumi-policy"}
# google and grpc are what pulumi itself speaks with the engine by.
ALLOWED = {"policies", "jinja2", "jsonschema", "pulumi", "pulumi_policy", "google", "grpc", *sys.stdlib_module_names}


def imported(path: Path) -> set[str]:
    """The packages that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a name from its root reads the same everywhere"
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(FOLDER))) for path in FILES])
def test_nothing_outside_the_folder_is_imported(path: Path) -> None:
    assert imported(path) <= ALLOWED


def pins(lock: Path) -> dict[str, str]:
    """Package -> version, of a lock whose every line has its hashes."""
    line = r"^([\w.-]+)==(\S+)(?: ; [^\n\\]+(?= ))?( \\\n    --hash=sha256:)?"
    found = re.findall(line, lock.read_text(), re.MULTILINE)
    assert all(hashed for _, _, hashed in found)
    return {package: version for package, version, _ in found}


def test_what_is_locked_is_what_the_program_locks() -> None:
    locked = pins(FOLDER / "requirements.txt")
    assert locked.keys() >= PINNED
    assert locked.items() <= pins(FOLDER.parent / "requirements.txt").items(), "run `make lock`"


def test_the_pack_says_what_it_is() -> None:
    said = yaml.safe_load((FOLDER / "PulumiPolicy.yaml").read_text())
    assert (said["name"], said["runtime"]["name"]) == (PACK, "python")
    # Without an environment of its own, the engine would run it on the system's Python, which has none of its packages.
    assert said["runtime"]["options"] == {"toolchain": "pip", "virtualenv": ".venv"}
    assert said["version"]


def test_the_readme_lists_every_policy() -> None:
    text = README.read_text()
    assert text == rendered(text), "run `python -m tools.policy_reference`"


def test_the_handbook_is_current() -> None:
    assert HANDBOOK.read_text() == handbook(), "run `make docs`"


def test_identifiers_are_stable_names() -> None:
    names = [policy.id for policy in POLICIES]
    assert len(set(names)) == len(names)
    assert all(name == name.lower() and " " not in name and "_" not in name for name in names)
    assert list(cases()) == sorted(cases(), key=names.index), "cases stand in the order of their policies"


@pytest.mark.parametrize("policy", [pytest.param(policy, id=policy.id) for policy in POLICIES])
def test_a_record_is_complete(policy: Policy) -> None:
    assert policy.description.endswith(".")
    assert not policy.fix.endswith(".")
    assert policy.requirement
    assert (policy.rule is None) != (policy.stack_rule is None)
