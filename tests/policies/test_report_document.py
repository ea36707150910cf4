"""The report as a document: its schema, its score, and fingerprints that unrelated changes leave alone."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from policies.check import document
from policies.registry import POLICIES
from tests.policies.conftest import OPEN, Report
from tests.support.policies.stacks import ENCRYPTED, SECRET, exemption, export, group, resource

SCHEMA: dict[str, Any] = json.loads((Path(document.__file__).parent / "report.schema.json").read_text())


def closed(schema: Any) -> Any:
    """The schema, with every object that lists its keys closed: a key that is not documented fails."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    return {**made, "additionalProperties": False} if "properties" in schema and "required" in schema else made


def validate(made: Any) -> None:
    """Fail on a key or a value that the schema does not describe."""
    Draft202012Validator(closed(SCHEMA), format_checker=FormatChecker()).validate(made)


def test_the_schema_is_one_and_documents_every_key(report: Report) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    made = json.loads(report("json"))
    validate(made)
    assert list(made["policies"]) == [policy.id for policy in POLICIES]
    assert SCHEMA["properties"]["version"] == {"const": document.VERSION}
    with pytest.raises(Exception, match="undocumented"):
        validate({**made, "undocumented": 1})


def test_each_policy_is_in_one_state(report: Report) -> None:
    (stack,) = json.loads(report("json"))["stacks"]
    violated = {one["policy"] for kind in ("findings", "excused") for one in stack[kind]}
    states = [violated, {one["policy"] for one in stack["open"]} - violated, set(stack["passed"]), set(stack["idle"])]
    assert sum(map(len, states)) == len(set().union(*states)) == len(POLICIES) - 1  # one is switched off


def test_the_score_weighs_by_severity_and_leaves_out_what_is_not_decided(report: Report) -> None:
    made = json.loads(report("json"))
    (stack,) = made["stacks"]
    weight = {id_: document.WEIGHTS[policy["severity"]] for id_, policy in made["policies"].items()}
    violated = {one["policy"] for kind in ("findings", "excused") for one in stack[kind]}
    met = sum(weight[one] for one in stack["passed"])
    expected = 100 * met // (met + sum(weight[one] for one in violated))
    assert 0 < expected < 100
    assert stack["summary"]["score"] == made["summary"]["score"] == expected
    secret = export(resource(SECRET, "creds", {"metadata": {"name": "creds"}, "stringData": ENCRYPTED}))
    (left,) = json.loads(report("json", secret, {}, code=0))["stacks"]
    assert "no-default-credentials" not in left["passed"]


def test_an_exemption_does_not_raise_the_score(report: Report) -> None:
    bare = json.loads(report("json", export(group()), {}))
    excused = json.loads(report("json", export(group()), {OPEN: {"exemptions": [exemption("web")]}}, code=0))
    assert excused["summary"]["mandatory"] == 0
    assert excused["summary"]["score"] <= bare["summary"]["score"]


def test_exemptions_of_other_stacks_are_left_out(report: Report) -> None:
    other = exemption("web", urn="urn:pulumi:test::shop::*::web")
    made = json.loads(report("json", export(group()), {OPEN: {"exemptions": [other, exemption("mail")]}}))
    assert [one["urn"] for one in made["stacks"][0]["exemptions"]] == ["urn:pulumi:prod::shop::*::mail"]


def test_the_time_is_fixed_by_source_date_epoch(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1793500000")
    made = report("json")
    assert json.loads(made)["judged_at"] == "2026-11-01T02:26:40Z"
    assert report("json") == made


class TestFingerprints:
    @staticmethod
    def of(report: Report, *resources: Any) -> list[str]:
        (stack,) = json.loads(report("json", export(*resources), {}))["stacks"]
        return [one["fingerprint"] for one in stack["findings"] if one["policy"] == OPEN]

    def test_they_survive_order_and_unrelated_changes(self, report: Report) -> None:
        (before,) = self.of(report, group())
        other = group("10.0.0.0/8", "aaa", description="changed")
        assert self.of(report, other, group()) == [before]
        moved = copy.deepcopy(group())
        moved["inputs"]["ingress"].insert(0, group("10.0.0.0/8")["inputs"]["ingress"][0])
        moved["inputs"]["description"] = "Changed"
        assert self.of(report, moved) == [before]

    def test_they_tell_resources_and_properties_apart(self, report: Report) -> None:
        wider = group()
        wider["inputs"]["ingress"] *= 2
        wider["inputs"]["ingress"].append(group(port=22)["inputs"]["ingress"][0])
        prints = self.of(report, wider, group(name="mail"))
        assert len(prints) == len(set(prints)) == 4
        assert self.of(report, group())[0] in prints

    def test_another_opening_at_the_same_place_is_another_violation(self, report: Report) -> None:
        assert self.of(report, group(port=22)) != self.of(report, group())
