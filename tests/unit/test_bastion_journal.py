"""The journal's way to CloudWatch, and what of it wakes somebody (INH-1, INH-3)."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from components.bastion.agent import logs
from components.bastion.agent.config import Config
from components.bastion.alarms import DAYS_LEFT, HEARTBEAT_PATTERN, LOG_ALARMS
from tests.support.aws.filter_pattern import matches


def entry(message: Any, at: int = 1_000_000, **more: Any) -> dict[str, Any]:
    return {"MESSAGE": message, "__REALTIME_TIMESTAMP": str(at), "__CURSOR": str(at), **more}


REQUIRED = ("region", "server_arn", "people_arn", "duo_arn", "allocation", "address")
UNITS = {"palisade.service", "openvpn-server@palisade.service"}
UNIT: dict[str, Any] = {"_SYSTEMD_UNIT": "openvpn-server@palisade.service"}


def message(entry: dict[str, Any]) -> Any:
    return json.loads(logs.shown(entry, UNITS)["message"])["message"]


class TestJournal:
    def test_an_event_stays_an_object_and_text_stays_text(self) -> None:
        event = {"event": "login", "result": "refused"}
        shown = json.loads(logs.shown(entry(json.dumps(event), **UNIT), UNITS)["message"])
        assert shown == {"unit": UNIT["_SYSTEMD_UNIT"], "message": event}
        assert message(entry("{not json", **UNIT)) == "{not json"
        assert message(entry('{"not json', **UNIT)) == '{"not json'
        assert message(entry(list(b"\xffbytes"))).endswith("bytes")
        assert message(entry(None)) == ""

    @pytest.mark.parametrize("unit", [None, "session-3.scope", "user@1001.service", "ssh.service"])
    def test_nobody_with_a_shell_makes_events(self, unit: str | None) -> None:
        """Such as the heartbeat of a bastion that does nothing any more."""
        forged = '{"event": "converge", "result": "ok"}'
        more: dict[str, Any] = {"_SYSTEMD_UNIT": unit} if unit else {}
        assert message(entry(forged, SYSLOG_IDENTIFIER="palisade.service", UNIT="palisade.service", **more)) == forged

    def test_requests_are_what_aws_takes(self) -> None:
        entries = [entry("x" * 50_000, at) for at in range(30_000_000, 0, -1_000_000)]
        made = list(logs.batches(entries, UNITS))
        assert sum(map(len, made)) == 30
        for batch in made:
            times = [event["timestamp"] for event in batch]
            assert times == sorted(times)
            assert sum(len(event["message"]) + 26 for event in batch) <= 1_048_576

    def test_a_request_spans_less_than_a_day(self) -> None:
        day = 86_400_000_000
        assert [
            len(batch)
            for batch in logs.batches([entry("a", 1), entry("b", day + 1_000), entry("c", day + 2_000)], UNITS)
        ] == [1, 2]

    def test_an_entry_that_aws_will_never_take_keeps_no_other_from_being_seen(self, capsys: Any) -> None:
        client = boto3.client("logs", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
        events = [{"timestamp": at, "message": str(at)} for at in range(4)]

        def expected(*which: int) -> dict[str, Any]:
            return {"logGroupName": "g", "logStreamName": "s", "logEvents": [events[one] for one in which]}

        with Stubber(client) as aws:
            for which, taken in [((0, 1, 2, 3), False), ((0, 1), True), ((2, 3), False), ((2,), False), ((3,), True)]:
                if taken:
                    aws.add_response("put_log_events", {}, expected(*which))
                else:
                    aws.add_client_error(
                        "put_log_events", "InvalidParameterException", expected_params=expected(*which)
                    )
            logs.send(client, Config(**dict.fromkeys(REQUIRED, ""), log_group="g", mfa_seconds=1), "s", events)
            aws.assert_no_pending_responses()
        assert "cannot ship an entry" in capsys.readouterr().out


VPN_UNIT = Config.openvpn_unit
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
    "factor-guessed": [
        ({"message": {"event": "factor-guessed", "person": "ada"}}, True),
        ({"message": {"event": "login", "result": "refused"}}, False),
    ],
    "vpn-crashed": [
        ({"identifier": "systemd", "message": f"{VPN_UNIT}: Failed with result 'signal'."}, True),
        ({"identifier": "systemd", "message": f"{VPN_UNIT}: Deactivated successfully."}, False),
        ({"identifier": "systemd", "message": "ssh.service: Failed with result 'signal'."}, False),
        ({"identifier": "ada", "message": f"{VPN_UNIT}: Failed with result 'signal'."}, False),
    ],
    "certificate-expires": [
        ({"message": {"event": "certificate", "days": DAYS_LEFT - 1}}, True),
        ({"message": {"event": "certificate", "days": -3}}, True),
        ({"message": {"event": "certificate", "days": DAYS_LEFT}}, False),
    ],
    "ssh-refused": [
        ({"identifier": "sshd", "message": "Invalid user eve from 10.41.0.2 port 4711"}, True),
        (
            {
                "identifier": "sshd-session",
                "message": "User root from 10.41.0.2 not allowed because none of user's groups are listed in"
                " AllowGroups",
            },
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


@pytest.mark.parametrize(
    ("event", "heard"),
    [
        ({"message": {"event": "converge", "result": "ok"}}, True),
        ({"message": {"event": "converge", "result": "failed"}}, False),
        ({"message": '{"event": "converge", "result": "ok"}'}, False),
    ],
)
def test_the_heart_beats_when_the_bastion_does_what_it_must(event: dict[str, Any], heard: bool) -> None:
    assert matches(HEARTBEAT_PATTERN, event) is heard
