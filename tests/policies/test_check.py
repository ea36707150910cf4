"""`python -m policies check`: under which configuration, with which exit code, and from a copy of the folder alone."""

from __future__ import annotations

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

from package.components import version
from policies.check.cli import main
from tests.policies.conftest import OPEN
from tests.support.policies.malformed import mutated
from tests.support.policies.stacks import exemption, export, group, plan, preview, resource, urn, written


class TestTheConfiguration:
    def test_a_file_goes_before_a_preset(self, check: Any) -> None:
        bare = group("10.0.0.0/8", port=443)
        bare["inputs"]["description"] = ""
        described = ("sg-description", bare["urn"])
        assert described in check(export(bare)).broken("advisory")
        assert described in check(export(bare), "--preset", "production").broken()
        lowered = check(export(bare), "--preset", "production", config={"sg-description": "disabled"})
        assert lowered.code == 0
        assert lowered.report["policies"]["sg-description"]["level"] == "disabled"
        names = lowered.report["configuration"]
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
        told = check(export(group()), config={OPEN: {"exemptions": [exemption("web"), exemption("mail")]}})
        assert told.code == 0
        assert {(one["policy"], one["exemption"]["owner"]) for one in told.stack["excused"]} == {(OPEN, "ada")}
        standing = {one["urn"].rsplit("::", 1)[-1]: one["standing"] for one in told.stack["exemptions"]}
        assert standing == {"web": "in use", "mail": "unused"}
        assert len(told.broken("advisory") & {("exemptions-reviewed", "")}) == 1

    def test_its_review_cannot_be_switched_off(self, check: Any) -> None:
        used = {"exemptions": [exemption("web")], "enforcementLevel": "mandatory"}
        told = check(export(group()), config={"all": "disabled", OPEN: used})
        assert told.broken("advisory") == {("exemptions-reviewed", "")}
        refused = check(export(group()), config={"exemptions-reviewed": "disabled", OPEN: used})
        assert refused.code == 2
        assert 'exemptions-reviewed.enforcementLevel: "disabled" is not allowed' in refused.err

    @pytest.mark.parametrize("form", ["text", "json", "sarif", "html"])
    def test_one_that_is_used_is_in_every_format(self, check: Any, form: str) -> None:
        used = {OPEN: {"exemptions": [exemption("web", reason="relay, SEC-7")]}}
        told = check(export(group()), "--format", form, config=used)
        assert told.code == 0
        assert all(words in told.out for words in ("relay, SEC-7", "ada", OPEN))

    def test_one_that_ended_does_not_help(self, check: Any) -> None:
        told = check(export(group()), config={OPEN: {"exemptions": [exemption("web", expires="2026-10-31")]}})
        assert told.code == 1
        (broken,) = [one for one in told.stack["findings"] if one["policy"] == OPEN]
        assert broken["note"] == "the exemption of ada ended on 2026-10-31"
        assert [one["standing"] for one in told.stack["exemptions"]] == ["expired"]

    def test_one_that_can_never_count_is_a_mistake(self, check: Any) -> None:
        told = check(export(group()), config={OPEN: {"exemptions": [exemption("web", urn="urn:pulumi:*::*::*::*")]}})
        assert told.code == 2
        assert "is too wide" in told.err


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

    @settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_nothing_else_comes_of_junk(self, tmp_path: Path, data: st.DataObject) -> None:
        base = data.draw(st.sampled_from([export(group()), preview(("create", group())), plan(group())]))
        path = written(tmp_path, data.draw(mutated(base)))
        out = tmp_path / "report"
        form = data.draw(st.sampled_from(["text", "json", "sarif", "html"]))
        assert main(["check", path, "--format", form, "--output", str(out)]) in (0, 1, 2)


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
        assert "see AWS-SG VPN-MFA SSH-CFG https://infosec.mozilla.org/guidelines/aws_security" in done.stdout

    def test_it_makes_the_page(self, copy: Path) -> None:
        done = alone(copy, "check", "-", "--format", "html", stdin=json.dumps(export(group())))
        assert done.stdout.startswith("<!doctype html>"), done.stderr

    def test_it_helps(self, copy: Path) -> None:
        assert "exit codes:" in alone(copy, "check", "--help").stdout
        assert alone(copy, "--version").stdout == f"palisade {version()}\n"
        assert alone(copy).returncode == 2


def test_a_provider_s_plugin_from_elsewhere_is_found_in_a_state(check: Any) -> None:
    """The engine does not show it to a pack."""
    provider = resource("pulumi:providers:random", "p", {"__internal": {"pluginDownloadURL": "https://example.org"}})
    told = check(export(provider))
    assert told.code == 1
    assert {policy for policy, _ in told.broken()} == {"provider-settings"}
