"""`python -m policies check`: what it reads, what it judges, and with which exit code it ends."""

from __future__ import annotations

import datetime
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY

from policies import clock
from policies.check.cli import main
from policies.check.reading import read
from policies.check.resources import REFERENCE_SIG, UNKNOWN, InputError, decoded
from tests.policies.junk import mutated
from tests.policies.stacks import (
    ALL_BLOCKED,
    BLOCK,
    BUCKET,
    ENCRYPTED,
    GROUP,
    ROOT,
    SECRET,
    exception,
    export,
    group,
    plan,
    preview,
    resource,
    urn,
    written,
)

OPEN = "sg-no-public-admin-ports"
DAY = datetime.date(2026, 11, 1)


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: DAY)
    # Whoever judges a file is not the engine in an update.
    monkeypatch.delenv("PULUMI_DRY_RUN", raising=False)


class Told:
    """What the command said, as data, and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def report(self) -> dict[str, Any]:
        return json.loads(self.out)

    def broken(self, level: str = "mandatory") -> set[tuple[str, str]]:
        """Policy and URN of the findings of a level."""
        return {(one["policy"]["id"], one["urn"]) for one in self.report[level]}


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    """Runs the command on a document or a path, as JSON unless told otherwise."""

    def run(document: Any, *arguments: str, config: Any = None) -> Told:
        path = document if isinstance(document, str) else written(tmp_path, document)
        given = [] if config is None else ["--config", written(tmp_path, config, "pack.json")]
        form = [] if "--format" in arguments else ["--format", "json"]
        try:
            code = main(["check", path, *given, *form, *arguments])
        except SystemExit as end:
            code = int(str(end.code))
        said = capsys.readouterr()
        return Told(code, said.out, said.err)

    return run


class TestWhatIsRead:
    @pytest.mark.parametrize("version", [3, 4])
    def test_an_export(self, check: Any, version: int) -> None:
        told = check(export(group(), version=version))
        assert (told.code, told.report["checked"]["kind"], told.report["checked"]["stack"]) == (1, "state", "shop/prod")
        assert told.broken() == {(OPEN, urn(GROUP, "web"))}

    def test_a_deployment_alone_and_a_checkpoint_of_a_backend(self, check: Any) -> None:
        whole = export(group())
        assert check(whole["deployment"]).broken() == check(whole).broken()
        assert check({"version": 3, "checkpoint": {"latest": whole["deployment"]}}).broken() == check(whole).broken()

    def test_the_standard_input(self, check: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        raw = io.TextIOWrapper(io.BytesIO(json.dumps(export(group())).encode()))
        monkeypatch.setattr(sys, "stdin", raw)
        assert check("-").broken() == {(OPEN, urn(GROUP, "web"))}

    def test_a_preview_without_what_it_deletes(self, check: Any) -> None:
        told = check(preview(("create", group()), ("delete", group(name="old")), ("same", group("10.0.0.0/8", "in"))))
        assert told.report["checked"]["kind"] == "preview"
        assert told.broken() == {(OPEN, urn(GROUP, "web"))}

    def test_a_preview_that_leaves_unchanged_resources_out_says_so(self, check: Any) -> None:
        (note,) = check(preview(("create", group()), changeSummary={"same": 3})).report["notes"]
        assert "3 unchanged resources" in note
        assert "--show-sames" in note

    def test_a_preview_that_tells_of_an_error_may_not_be_whole(self, check: Any) -> None:
        diagnostics = [{"severity": "warning", "message": "old"}, {"severity": "error", "message": "it\nbroke"}]
        told = check(preview(("create", group()), diagnostics=diagnostics))
        assert told.report["notes"] == ["the preview tells of an error and may lack parts: it broke"]
        assert told.code == 1

    def test_what_a_preview_replaces_is_judged_as_it_will_be(self, check: Any) -> None:
        steps = (("create-replacement", group("10.0.0.0/8")), ("replace", group("10.0.0.0/8")))
        assert check(preview(*steps, ("delete-replaced", group()))).code == 0

    def test_a_plan_of_what_is_new(self, check: Any) -> None:
        told = check(plan(group()))
        assert (told.report["checked"]["kind"], told.broken()) == ("plan", {(OPEN, urn(GROUP, "web"))})

    def test_a_plan_of_what_exists_needs_the_state_before(self, check: Any, tmp_path: Path) -> None:
        changes = plan(group(), step="update", updates={"description": "OPEN"})
        told = check(changes)
        assert told.code == 2
        assert "give the state before with --state" in told.err
        state = written(tmp_path, export(group()), "state.json")
        assert check(changes, "--state", state).broken() == {(OPEN, urn(GROUP, "web"))}
        assert check(plan(group(), step="create-replacement", updates={})).code == 2
        repaired = plan(group(), step="update", updates={"ingress": []}, deletes=["tags"])
        assert check(repaired, "--state", state).code == 0

    def test_what_waits_for_its_deletion_is_not_judged_and_said(self, check: Any) -> None:
        told = check(export(group(delete=True), pending_operations=[{}]))
        assert told.code == 0
        assert [note[:11] for note in told.report["notes"]] == ["1 of the re", "interrupted"]

    def test_what_is_only_looked_up_is_not_held_against_anybody(self, check: Any) -> None:
        assert check(export(group(external=True))).code == 0

    def test_an_empty_stack_has_nothing_to_judge(self, check: Any) -> None:
        told = check({"version": 3, "deployment": None}, "--format", "text")
        assert told.code == 0
        assert "Nothing was judged" in told.out

    def test_the_line_of_the_program_is_kept_if_it_is_of_the_project(self, check: Any) -> None:
        ours, theirs = "project:///components/web.py#40", "project:///../../lib/python/web.py#40"
        (known,) = check(export(group(sourcePosition=ours))).report["mandatory"]
        (strange,) = check(export(group(sourcePosition=theirs))).report["mandatory"]
        assert known["program"] == {"file": "components/web.py", "line": 40}
        assert strange["program"] is None


class TestWhatIsKnown:
    def test_an_encrypted_secret_is_left_open_and_listed(self, check: Any) -> None:
        secret = resource(SECRET, "creds", {"metadata": {"name": "database-creds"}, "stringData": ENCRYPTED})
        told = check(export(secret))
        assert told.code == 0
        assert {(one["policy"], *one["paths"]) for one in told.report["open"]} >= {
            ("no-default-credentials", "stringData")
        }
        assert "djE6c2VjcmV0" not in told.out

    def test_a_blinded_one_of_a_preview_too(self) -> None:
        assert decoded({"a": ["[secret]", "[secret] or not"]}) == {"a": [UNKNOWN, "[secret] or not"]}

    def test_a_secret_in_plain_text_is_judged_as_the_engine_does(self) -> None:
        plain = {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "plaintext": json.dumps({"a": [1, ENCRYPTED]})}
        assert decoded(plain) == {"a": [1, UNKNOWN]}
        assert decoded({**plain, "plaintext": "{"}) == UNKNOWN

    def test_a_reference_stands_for_what_it_refers_to(self) -> None:
        assert decoded({SPECIAL_SIG_KEY: REFERENCE_SIG, "urn": "urn:x", "id": "vpc-1"}) == "vpc-1"
        assert decoded({SPECIAL_SIG_KEY: REFERENCE_SIG, "urn": "urn:x"}) == "urn:x"

    def test_stack_policies_see_outputs_and_dependencies(self, check: Any) -> None:
        bucket = resource(BUCKET, "data", {"bucket": "data"}, outputs={"id": "data", "bucket": "data"})
        block = resource(BLOCK, "data", {"bucket": "data", **ALL_BLOCKED})
        lacking = ("s3-bucket-has-access-block", urn(BUCKET, "data"))
        assert lacking in check(export(bucket)).broken()
        assert lacking not in check(export(bucket, block)).broken()
        # Before the bucket is there only the dependency tells.
        blocking = {**block["inputs"], "bucket": UNKNOWN}
        depending = resource(BLOCK, "data", blocking, propertyDependencies={"bucket": [bucket["urn"]]})
        assert lacking not in check(preview(("create", bucket), ("create", depending))).broken()


class TestTheConfiguration:
    def test_a_file_goes_before_a_preset(self, check: Any) -> None:
        bare = group("10.0.0.0/8", port=443)
        bare["inputs"]["description"] = ""
        described = ("sg-description", bare["urn"])
        assert described in check(export(bare)).broken("advisory")
        assert described in check(export(bare), "--preset", "production").broken()
        lowered = check(export(bare), "--preset", "production", config={"sg-description": "disabled"})
        assert lowered.code == 0
        assert [one["id"] for one in lowered.report["off"]] == ["sg-description"]
        names = lowered.report["checked"]["configuration"]
        assert names[0] == "the preset production"
        assert names[1].endswith("pack.json")

    def test_what_the_engine_would_repair_must_be_repaired(self, check: Any) -> None:
        told = check(export(resource("aws:ec2/instance:Instance", "web", {"ami": "ami-1"})))
        assert ("imdsv2-required", urn("aws:ec2/instance:Instance", "web")) in told.broken()

    def test_mistakes_are_told_and_nothing_is_judged(self, check: Any) -> None:
        told = check(export(group()), config={"no-publik-ip": "advisory", "no-key-pair": 3})
        assert (told.code, told.out) == (2, "")
        lines = told.err.splitlines()
        assert len(lines) == 2
        assert all(line.startswith("error: ") and "pack.json: no-" in line for line in lines)

    def test_an_exception_lets_pass_is_listed_and_reviewed(self, check: Any) -> None:
        told = check(export(group()), config={OPEN: {"exceptions": [exception("web"), exception("mail")]}})
        assert told.code == 0
        assert {(one["policy"]["id"], one["exception"]["owner"]) for one in told.report["excused"]} == {(OPEN, "ada")}
        standing = {one["urn"].rsplit("::", 1)[-1]: one["standing"] for one in told.report["exceptions"]}
        assert standing == {"web": "in use", "mail": "unused"}
        assert len(told.broken("advisory") & {("exceptions-reviewed", "")}) == 1

    def test_one_that_ended_does_not_help(self, check: Any) -> None:
        told = check(export(group()), config={OPEN: {"exceptions": [exception("web", expires="2026-10-31")]}})
        assert told.code == 1
        (broken,) = told.report["mandatory"]
        assert broken["note"] == "the exception of ada ended on 2026-10-31"
        assert [one["standing"] for one in told.report["exceptions"]] == ["expired"]

    def test_one_that_can_never_count_is_a_mistake(self, check: Any) -> None:
        told = check(export(group()), config={OPEN: {"exceptions": [exception("web", urn="urn:pulumi:*")]}})
        assert told.code == 2
        assert "matches every resource" in told.err


class TestHowItEnds:
    def test_with_0_when_nothing_mandatory_is_broken(self, check: Any) -> None:
        assert check(export(group("10.0.0.0/8"))).code == 0

    def test_with_1_for_advice_where_that_is_asked(self, check: Any) -> None:
        advised = group("10.0.0.0/8")
        advised["inputs"]["description"] = ""
        assert check(export(advised)).code == 0
        assert check(export(advised), "--fail-on", "advisory").code == 1

    @pytest.mark.parametrize(
        "arguments", [("--format", "pdf"), ("--preset", "staging"), ("--fail-on", "nothing"), ("--nonsense",)]
    )
    def test_with_2_for_wrong_arguments(self, check: Any, arguments: tuple[str, ...]) -> None:
        assert check(export(), *arguments).code == 2

    @pytest.mark.parametrize(
        ("document", "words"),
        [
            ("", "is empty; the command that should have written it may have failed"),
            ("{", "is no JSON document"),
            ("[" * 100_000, "nested too deep"),
            ("[]", "holds a list, not an object"),
            ("{}", "holds no stack"),
            ('{"version": 9, "deployment": {}}', "is of version 9, this pack reads 3 and 4"),
            ('{"deployment": []}', "holds no stack"),
            ('{"deployment": {"resources": {}}}', "deployment: resources is not a list"),
            ('{"deployment": {"resources": [1]}}', "resources[0] is no resource"),
            ('{"deployment": {"resources": [{"urn": "web"}]}}', "resources[0] has no URN"),
            ('{"steps": [{}]}', "steps[0] has no operation"),
            ('{"steps": [{"op": "create"}]}', "steps[0].newState is no resource"),
            (
                '{"deployment": {"resources": [{"urn": "urn:pulumi:a::b::c::d", "inputs": 0}]}}',
                "inputs is not an object",
            ),
            ('{"resourcePlans": {"urn:pulumi:a::b::c::d": 1}}', "resourcePlans[urn:pulumi:a::b::c::d] is no plan"),
            ('{"resourcePlans": []}', "resourcePlans is no object"),
        ],
    )
    def test_with_2_for_a_file_that_cannot_be_judged(
        self, check: Any, tmp_path: Path, document: str, words: str
    ) -> None:
        told = check(written(tmp_path, document))
        assert (told.code, told.out) == (2, "")
        assert told.err.startswith(f"error: {tmp_path / 'stack.json'}: ")
        assert words in told.err

    def test_with_2_for_a_file_that_is_not_there_and_one_that_cannot_be_written(self, check: Any) -> None:
        assert "cannot be read: No such file" in check("none.json").err
        told = check(export(), "--output", "/nowhere/report.json")
        assert told.code == 2
        assert "cannot be written: No such file or directory; give another --output" in told.err

    def test_state_belongs_to_a_plan(self, check: Any) -> None:
        assert "is no plan, so --state has no meaning" in check(export(), "--state", "x").err

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_nothing_else_comes_of_junk(self, tmp_path: Path, data: st.DataObject) -> None:
        base = data.draw(st.sampled_from([export(group()), preview(("create", group())), plan(group())]))
        path = written(tmp_path, data.draw(mutated(base)))
        out = tmp_path / "report"
        form = data.draw(st.sampled_from(["text", "json", "sarif", "html"]))
        assert main(["check", path, "--format", form, "--output", str(out)]) in (0, 1, 2)


class TestReading:
    def test_lines_are_those_of_the_resources_own_entries(self, tmp_path: Path) -> None:
        child = group(parent=urn(ROOT, "shop-prod"))
        path = written(tmp_path, export(child))
        lines = Path(path).read_text().splitlines()
        found = read(path).lines
        assert set(found) == {urn(ROOT, "shop-prod"), child["urn"]}
        assert all(f'"urn": "{name}"' in lines[line - 1] for name, line in found.items())

    def test_bytes_that_are_no_text_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "state.json").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(InputError, match="is not UTF-8"):
            read(str(tmp_path / "state.json"))


FOLDER = Path(__file__).parents[2] / "policies"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder as it is published, under another name and alone."""
    made = tmp_path_factory.mktemp("published") / "pack-0.1.0"
    shutil.copytree(FOLDER, made, ignore=shutil.ignore_patterns("__pycache__"))
    return made


def alone(copy: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Runs the copy from elsewhere, with nothing in the environment that leads back here."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PULUMI"))}
    return subprocess.run(
        [sys.executable, str(copy), *arguments],
        cwd=copy.parent,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


class TestACopiedFolder:
    def test_it_judges_what_comes_through_a_pipe(self, copy: Path) -> None:
        done = alone(copy, "check", "-", "--preset", "production", stdin=json.dumps(export(group())))
        assert done.returncode == 1, done.stderr
        assert f"{OPEN} (critical, must be repaired)" in done.stdout
        assert "see AWS-SG VPN-MFA https://infosec.mozilla.org/guidelines/aws_security" in done.stdout

    def test_it_makes_the_page(self, copy: Path) -> None:
        done = alone(copy, "check", "-", "--format", "html", stdin=json.dumps(export(group())))
        assert done.stdout.startswith("<!doctype html>"), done.stderr

    def test_it_helps(self, copy: Path) -> None:
        assert "exit codes:" in alone(copy, "check", "--help").stdout
        assert alone(copy, "--version").stdout == "palisade 0.1.0\n"
        assert alone(copy).returncode == 2
