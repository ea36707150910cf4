"""The journal's way to CloudWatch, and what of it wakes somebody (INH-1, INH-3)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.bastion.alarms import DAYS_LEFT, LOG_ALARMS
from components.bastion.box import logs
from tests.unit.filter_pattern import matches


def entry(message: Any, at: int = 1_000_000, **more: Any) -> dict[str, Any]:
    return {"MESSAGE": message, "__REALTIME_TIMESTAMP": str(at), "__CURSOR": str(at), **more}


class TestJournal:
    def test_an_event_stays_an_object_and_text_stays_text(self) -> None:
        event = json.dumps({"event": "login", "result": "refused"})
        shown = json.loads(logs.shown(entry(event, _SYSTEMD_UNIT="openvpn-server@palisade.service"))["message"])
        assert shown == {"unit": "openvpn-server@palisade.service", "message": json.loads(event)}
        assert json.loads(logs.shown(entry("{not json"))["message"])["message"] == "{not json"
        assert json.loads(logs.shown(entry(list(b"\xffbytes")))["message"])["message"].endswith("bytes")
        assert json.loads(logs.shown(entry(None))["message"])["message"] == ""

    def test_requests_are_what_aws_takes(self) -> None:
        entries = [entry("x" * 50_000, at) for at in range(30_000_000, 0, -1_000_000)]
        made = list(logs.batches(entries))
        assert sum(map(len, made)) == 30
        for batch in made:
            times = [event["timestamp"] for event in batch]
            assert times == sorted(times)
            assert sum(len(event["message"]) + 26 for event in batch) <= 1_048_576

    def test_a_request_spans_less_than_a_day(self) -> None:
        day = 86_400_000_000
        assert [
            len(batch) for batch in logs.batches([entry("a", 1), entry("b", day + 1_000), entry("c", day + 2_000)])
        ] == [1, 2]


EVENTS: dict[str, list[tuple[dict[str, Any], bool]]] = {
    "logins-refused": [
        ({"message": {"event": "login", "result": "refused"}}, True),
        ({"message": {"event": "login", "result": "accepted"}}, False),
        ({"message": "login refused"}, False),
    ],
    "mfa-unavailable": [
        ({"message": {"event": "mfa-unavailable", "person": "ada"}}, True),
        ({"message": {"event": "login", "result": "refused"}}, False),
    ],
    "certificate-expires": [
        ({"message": {"event": "certificate", "days": DAYS_LEFT - 1}}, True),
        ({"message": {"event": "certificate", "days": -3}}, True),
        ({"message": {"event": "certificate", "days": DAYS_LEFT}}, False),
    ],
    "ssh-refused": [
        ({"identifier": "sshd", "message": "Invalid user eve from 10.41.0.2 port 4711"}, True),
        (
            {"identifier": "sshd-session", "message": "User root from 10.41.0.2 not allowed because not in any group"},
            True,
        ),
        ({"identifier": "sshd", "message": "Accepted publickey for ada from 10.41.0.2"}, False),
        ({"identifier": "openvpn", "message": "Invalid user eve"}, False),
    ],
}


@pytest.mark.parametrize("alarm", LOG_ALARMS, ids=lambda alarm: alarm.name)
def test_alarms_hear_what_they_must_and_nothing_else(alarm: Any) -> None:
    for event, heard in EVENTS[alarm.name]:
        assert matches(alarm.pattern, event) is heard, event
