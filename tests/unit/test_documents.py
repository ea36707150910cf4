"""The documents: every command is run or says why not, every link leads somewhere, the workflows are sound."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore import xform_name
from botocore.session import get_session

from package.components import version
from sandbox.engine.identities import REGION, make_roles
from sandbox.engine.stack import ROOT
from tests.conftest import Deploy
from tests.support.documents import DOCUMENTS, REASONS, WITHOUT_BLOCKS, commands, typed
from tests.support.program.bastion_of import PEOPLE
from tests.unit.test_requirements import ID, NO_REQUIREMENT
from tools import structure
from tools.requirements import requirements

LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
WORKFLOWS = sorted((ROOT / "docs" / "ci").glob("*.yml"))
OF_THE_CLI = {("eks", "update-kubeconfig"): {"--name"}}
"""Commands of the AWS CLI's own, which are no calls of AWS."""
PINNED = re.compile(r"[\w.-]+/[\w.-]+@(v\d+|[0-9a-f]{40})")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_is_run_or_says_why_not(document: Path) -> None:
    found = list(commands(document))
    assert all(command.text.strip() for command in found)


def test_most_commands_of_the_walkthrough_are_run() -> None:
    found = list(commands(ROOT / "docs" / "walkthrough.md"))
    assert len([command for command in found if command.reason is None]) > len(found) / 2


def test_no_reason_is_left_over() -> None:
    given = {command.reason for path in DOCUMENTS for command in commands(path)}
    assert REASONS.keys() <= given
    assert given <= {*REASONS, *WITHOUT_BLOCKS.values(), None}


def calls_of_aws() -> dict[str, tuple[str, str, set[str]]]:
    """Each call of the AWS CLI that stands anywhere -> service, operation, options."""
    found = {}
    for text in typed():
        for part in re.findall(r"\baws ([a-z0-9]+ [a-z-]+[^|;&)#]*)", re.sub(r"'[^']*'|\"[^\"]*\"", "TEXT", text)):
            service, operation, *words = part.split()
            found[part] = service, operation, {word for word in words if word.startswith("--")}
    return found


def test_the_calls_of_aws_and_their_options_exist() -> None:
    """Also of the commands that are not run."""
    session, calls = get_session(), calls_of_aws()
    assert len(calls) > 12
    for call, (service, operation, options) in calls.items():
        if (service, operation) in OF_THE_CLI:
            assert options <= OF_THE_CLI[service, operation], call
            continue
        model: Any = session.get_service_model("s3" if service == "s3api" else service)
        (name,) = [name for name in model.operation_names if xform_name(name, "-") == operation]
        members = {xform_name(member, "-") for member in model.operation_model(name).input_shape.members}
        given = {option.removeprefix("--") for option in options} - {"query", "output"}
        assert {option if option in members else option.removeprefix("no-") for option in given} <= members, call


def test_a_block_that_does_not_say_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "new.md"
    for text in ("```console\n$ true\n```\n", "```console not-run: no time\n$ true\n```\n", "    pulumi up\n"):
        path.write_text(text)
        with pytest.raises(ValueError, match=r"new\.md:"):
            list(commands(path))


@pytest.mark.parametrize(
    "document",
    [*DOCUMENTS, *(ROOT / "examples").rglob("*.md"), *(ROOT / "sandbox").rglob("*.md")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_every_link_leads_somewhere(document: Path) -> None:
    targets = LINK.findall(document.read_text())
    assert not [target for target in targets if not (document.parent / target).exists()]


def test_the_program_of_the_readme_runs(deploy: Deploy) -> None:
    (text,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert len(text.splitlines()) < 25
    make_roles(None, (person.iam_principal for person in PEOPLE))
    config = {"aws:region": REGION, "palisade:people": json.dumps([dataclasses.asdict(person) for person in PEOPLE])}
    run = deploy(lambda: exec(text, {}), config=config)  # noqa: S102 - our own document
    assert run.only("eks/cluster:Cluster").inputs["vpcConfig"]["endpointPublicAccess"] is False
    assert "kubeconfig" in run.exports


def test_the_import_graph_is_current() -> None:
    text = structure.DOCUMENT.read_text()
    assert structure.document(text) == text, "run `make docs`"


def test_every_document_is_listed() -> None:
    listed = LINK.findall((ROOT / "docs" / "README.md").read_text())
    assert {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"} <= {*listed}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_requirement_that_is_cited_exists(document: Path) -> None:
    assert not set(ID.findall(document.read_text())) - requirements().keys() - NO_REQUIREMENT


def test_the_threat_model_leads_to_the_requirements() -> None:
    text = (ROOT / "docs" / "threat-model.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| from |")]
    assert len(rows) > 20
    titles = ("| what leaks |", "| what |")
    assert not [row for row in rows if not ID.search(row) and not row.startswith(titles)]
    # That all of it runs on a laptop is no threat's business.
    assert set(ID.findall(text)) == requirements().keys() - {"PLAT-1"}


def test_every_example_is_tested() -> None:
    paths = ("engine/test_3_adoption.py", "unit/test_package.py")
    tests = "".join((ROOT / "tests" / path).read_text() for path in paths)
    programs = [path.parent.name for path in (ROOT / "examples").glob("*/Pulumi.yaml")]
    assert len(programs) >= 5
    assert not [name for name in programs if f'"{name}"' not in tests]


@pytest.mark.parametrize(
    "example", sorted(path.parent for path in (ROOT / "examples").glob("*/Pulumi.yaml")), ids=lambda path: path.name
)
def test_the_readme_of_an_example_sets_all_that_it_asks_for(example: Path) -> None:
    program = example / "__main__.py"
    if program.exists():
        asked = set(re.findall(r'config\.require(?:_object|_secret)?\("(\w+)"\)', program.read_text()))
    else:
        asked = set(yaml.safe_load((example / "Pulumi.yaml").read_text())["config"])
    text = (example / "README.md").read_text()
    assert asked
    assert asked <= set(re.findall(r"pulumi config set (?:--path |--secret )?'?(\w+)", text))


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.name)
def workflow(request: pytest.FixtureRequest) -> dict[Any, Any]:
    return yaml.safe_load(request.param.read_text())


PACK = ".palisade"
"""Where workflows check the pack out."""


class TestWorkflows:
    def steps(self, workflow: dict[Any, Any]) -> list[dict[str, Any]]:
        return [step for job in workflow["jobs"].values() for step in job["steps"]]

    def test_nothing_is_allowed_that_no_job_asks_for(self, workflow: dict[Any, Any]) -> None:
        assert workflow["permissions"] == {}
        for job in workflow["jobs"].values():
            assert job["permissions"] == {"contents": "read", "id-token": "write"}
            # An upgrade of Kubernetes takes longer than a preview.
            assert job["timeout-minutes"] <= (120 if workflow["name"] == "deploy" else 60)

    def test_actions_have_a_version_and_keep_no_credentials(self, workflow: dict[Any, Any]) -> None:
        used = [step for step in self.steps(workflow) if "uses" in step]
        assert not [step["uses"] for step in used if not PINNED.fullmatch(step["uses"])]
        checkouts = [step for step in used if step["uses"].startswith("actions/checkout@")]
        assert {step["with"]["persist-credentials"] for step in checkouts} == {False}

    def test_no_key_is_stored_and_nothing_from_outside_is_run(self, workflow: dict[Any, Any]) -> None:
        text = yaml.safe_dump(workflow)
        assert "secrets." not in text
        assert "pull_request_target" not in text
        assert not [step["run"] for step in self.steps(workflow) if "${{" in step.get("run", "")]

    def test_the_pack_comes_from_a_fixed_commit_elsewhere(self, workflow: dict[Any, Any]) -> None:
        checkouts = [
            step["with"] for step in self.steps(workflow) if step.get("uses", "").startswith("actions/checkout@")
        ]
        packs = [one for one in checkouts if "path" in one]
        assert len(packs) == len(workflow["jobs"])
        for pack in packs:
            assert (pack["repository"], pack["ref"]) == ("${{ vars.PACK_REPOSITORY }}", "${{ vars.PACK_COMMIT }}")
            assert pack["path"] == PACK

    def test_the_pack_judges(self, workflow: dict[Any, Any]) -> None:
        asked = [
            step["run"]
            for step in self.steps(workflow)
            if step.get("run", "").startswith(("pulumi preview", "pulumi up"))
        ]
        assert asked
        for command in asked:
            given = re.findall(r"--policy-pack(?:-config)? (\S+)", command)
            assert given == [f"{PACK}/policies", f"{PACK}/policies/presets/production.json"]

    def test_python_is_the_one_that_the_lock_is_for(self, workflow: dict[Any, Any]) -> None:
        pythons = [step for step in self.steps(workflow) if step.get("uses", "").startswith("actions/setup-python@")]
        assert [python["with"]["python-version"] for python in pythons] == ["3.11"] * len(workflow["jobs"])

    def test_each_layer_has_a_job_and_the_platform_s_runs_inside_the_network(self, workflow: dict[Any, Any]) -> None:
        runners = {}
        for job in workflow["jobs"].values():
            for one in job.get("strategy", {}).get("matrix", {}).get("include", [{}]):
                stack = one.get("stack", job["env"]["PULUMI_STACK"])
                runners[stack] = one.get("runner", job["runs-on"])
        assert runners == {"production": "ubuntu-24.04", "production-platform": ["self-hosted", "inside-the-vpc"]}


def test_renovate_finds_the_package_where_the_documents_pin_it() -> None:
    settings = json.loads((ROOT / "docs" / "updates" / "renovate.json").read_text())
    (manager,) = settings["customManagers"]
    (pattern,) = (text.replace("(?<", "(?P<") for text in manager["matchStrings"])
    found = re.findall(pattern, (ROOT / "docs" / "packages.md").read_text())
    assert found
    assert {name for name, _ in found} == {"YOUR-ORG/palisade"}
    assert {pin for _, pin in found} == {f"v{version()}"}, "the documents name this version"
    assert yaml.safe_load((ROOT / "docs" / "updates" / "dependabot.yml").read_text())["version"] == 2


def test_only_an_approved_run_of_main_deploys() -> None:
    deploy = yaml.safe_load((ROOT / "docs" / "ci" / "deploy.yml").read_text())
    assert deploy[True] == {"push": {"branches": ["main"]}}
    assert {name: job["environment"] for name, job in deploy["jobs"].items()} == {
        "foundation": "production-foundation",
        "platform": "production-platform",
    }
    assert deploy["jobs"]["platform"]["needs"] == "foundation"


def test_previews_are_not_for_forks_and_drift_comes_by_itself() -> None:
    preview, drift = (
        yaml.safe_load((ROOT / "docs" / "ci" / name).read_text()) for name in ("pull-request.yml", "drift.yml")
    )
    # YAML reads `on` as a truth.
    assert preview[True].keys() == {"pull_request"}
    assert "head.repo.full_name == github.repository" in preview["jobs"]["preview"]["if"]
    assert drift[True]["schedule"]
    assert any("--expect-no-changes" in step.get("run", "") for step in drift["jobs"]["drift"]["steps"])
