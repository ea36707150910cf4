"""Each alarm's text leads to a runbook, and each runbook belongs to an alarm (INH-3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from botocore.session import get_session

from components import alarms
from sandbox.engine.programs import ROOT
from sandbox.providers.mocks import Run
from tests.support.program.whole_program import made

LINK = re.compile(rf"\. Runbook: {re.escape(alarms.RUNBOOKS)}#(.+)$")
LIMITS = {
    "cloudwatch/metricAlarm:MetricAlarm": ("alarmDescription", 1024),
    "cloudwatch/eventRule:EventRule": ("description", 512),
}
"""Type -> its property with the text, and the characters that AWS takes."""


def texts(run: Run) -> Iterator[tuple[str, str, int]]:
    """(Name, text, longest text) of every alarm."""
    for kind, (key, longest) in LIMITS.items():
        for each in run.of(kind):
            yield each.inputs["name"], each.inputs[key], longest


def runbooks() -> dict[str, str]:
    """Heading -> text, of the chapters on alarms."""
    chapters = re.split(r"^## ", (ROOT / alarms.RUNBOOKS).read_text(), flags=re.MULTILINE)
    on_alarms = [chapter for chapter in chapters if chapter.startswith("Alarms on")]
    parts = [part for chapter in on_alarms for part in re.split(r"^### ", chapter, flags=re.MULTILINE)[1:]]
    return {part.partition("\n")[0]: part.partition("\n")[2].strip() for part in parts}


@pytest.fixture(scope="module")
def alarm_texts() -> list[tuple[str, str, int]]:
    return [*texts(made())]


def test_each_alarm_leads_to_its_runbook(alarm_texts: list[tuple[str, str, int]]) -> None:
    known = runbooks()
    for name, text, longest in alarm_texts:
        assert len(text) <= longest, name
        found = LINK.search(text)
        assert found, name
        assert known.get(found[1]), f"{name}: {alarms.RUNBOOKS} has no heading {found[1]}"
        assert name.endswith(found[1]) or found[1] == "part-down", name


def test_each_runbook_belongs_to_an_alarm(alarm_texts: list[tuple[str, str, int]]) -> None:
    linked = {found[1] for _, text, _ in alarm_texts if (found := LINK.search(text))}
    # The sandbox has no publicly trusted certificate: tests/unit/test_certificate.py has its alarm.
    assert runbooks().keys() == linked | {"public-certificate-expires"}


@pytest.mark.parametrize(
    ("service", "shape", "kind"),
    [
        ("cloudwatch", "AlarmDescription", "cloudwatch/metricAlarm:MetricAlarm"),
        ("events", "RuleDescription", "cloudwatch/eventRule:EventRule"),
    ],
)
def test_the_limits_are_those_of_aws(service: str, shape: str, kind: str) -> None:
    assert get_session().get_service_model(service).shape_for(shape).metadata["max"] == LIMITS[kind][1]
