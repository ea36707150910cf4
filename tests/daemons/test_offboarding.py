"""Who is taken out of the list is out: no new session, no old one, no account; also while AWS is silent (VPN-MFA)."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import signal
import socket
from collections.abc import Iterator

import pytest

from tests.daemons.client import CONNECTED
from tests.daemons.cloud import DOWN, THROTTLED
from tests.daemons.lab import API, Lab
from tests.daemons.namespaces import wait_until
from tests.daemons.people import ADA, GRACE, LIN, Someone

PEOPLE = "arn:aws:mock:::vpn-people"
EVERYBODY = [ADA.person, GRACE.person, LIN.person]


@pytest.fixture(autouse=True)
def everybody(lab: Lab) -> Iterator[None]:
    """Each test begins with everybody in the list, and ends so."""
    lab.forget_tries()
    yield
    lab.aws.fault = None
    lab.set_people(EVERYBODY)
    lab.converge()


def age_list(lab: Lab, seconds: float) -> None:
    """Make the list that the bastion read last so much older."""
    path = lab.bastion.path("/run/palisade/people.json")
    kept = json.loads(path.read_text())
    path.write_text(json.dumps({**kept, "read": kept["read"] - seconds}))


def test_a_removed_persons_session_ends_and_the_others_stay(lab: Lab) -> None:
    old_profile = lab.profiles["grace"]
    with lab.session("ada", lab.code("ada")) as ada:
        # First, because both share a machine, where the routes are those of who came first, and go with them.
        ada.connected()
        with lab.session("grace", lab.code("grace")) as grace:
            grace.connected()
            code = lab.code("grace", steps=1)
            lab.set_people([ADA.person, LIN.person])
            status, events = lab.converge()
            assert status == 0, events
            assert {"event": "session-ended", "person": "grace"} in events
            grace.gone(seconds=5)
        assert ada.process.poll() is None
        assert lab.client.answers(API, 443), "ada works on"
    since, before = len(lab.events()), len(lab.log())
    with lab.session("grace", code, profile=old_profile) as again:
        lab.refusal(since, "not in the list of people")
        assert CONNECTED not in again.log()
    assert "Peer Connection Initiated" not in lab.log()[before:]


def test_a_removed_persons_account_is_closed(lab: Lab) -> None:
    assert "grace" in lab.bastion.run("getent", "group", "palisade-ssh").stdout
    assert lab.bastion.path("/etc/ssh/palisade_keys/grace").exists()
    lab.set_people([ADA.person, LIN.person])
    assert lab.converge()[0] == 0
    assert "grace" not in lab.bastion.run("getent", "group", "palisade-ssh").stdout
    assert not lab.bastion.path("/etc/ssh/palisade_keys/grace").exists()
    assert lab.bastion.run("getent", "shadow", "grace").stdout.split(":")[7] == "1", "expired on the second day of 1970"


def test_who_gets_another_key_loses_the_session_of_the_old_one(lab: Lab) -> None:
    with lab.session("ada", lab.code("ada")) as ada, lab.session("grace", lab.code("grace")) as grace:
        ada.connected()
        grace.connected()
        stolen = Someone("ada", "admin")
        lab.set_people([stolen.person, GRACE.person, LIN.person])
        assert {"event": "session-ended", "person": "ada"} in lab.converge()[1]
        ada.gone(seconds=5)
        assert grace.process.poll() is None


def test_who_gets_another_seed_proves_themselves_anew(lab: Lab) -> None:
    with lab.session("ada", lab.code("ada")) as ada, lab.session("grace", lab.code("grace")) as grace:
        ada.connected()
        grace.connected()
        people = json.loads(lab.aws.secrets[PEOPLE])
        people["people"]["ada"]["totp"] = people["people"]["lin"]["totp"]
        lab.aws.secrets[PEOPLE] = json.dumps(people)
        assert {"event": "session-ended", "person": "ada"} in lab.converge()[1]
        ada.gone(seconds=10)
        assert grace.process.poll() is None


def test_a_token_of_before_the_new_seed_spares_nobody_the_factor(lab: Lab) -> None:
    """A client that does not let itself be ended comes back with the token that OpenVPN gave it."""
    with lab.session("ada", lab.code("ada")) as ada:
        ada.connected()
        since = len(lab.events())
        ada.process.send_signal(signal.SIGUSR1)
        wait_until("it comes back", lambda: ada.log().count(CONNECTED) == 2, 20, ada.log)
        assert not lab.events()[since:], "nobody was asked for a code"
        people = json.loads(lab.aws.secrets[PEOPLE])
        people["people"]["ada"]["totp"] = people["people"]["lin"]["totp"]
        lab.aws.secrets[PEOPLE] = json.dumps(people)
        lab.client.run("ip", "link", "set", "wan", "down")
        assert {"event": "session-ended", "person": "ada"} in lab.converge()[1]
        lab.client.run("ip", "link", "set", "wan", "up")
        ada.process.send_signal(signal.SIGUSR1)
        lab.refusal(since, "the session is not the one of the last factor")
        assert ada.log().count(CONNECTED) == 2


class TestSilentOpenvpn:
    """Somebody else holds its management interface, so that it cannot be told to end a session."""

    @pytest.fixture
    def held(self, lab: Lab) -> Iterator[None]:
        with socket.socket(socket.AF_UNIX) as holding:
            # The path as seen from here is too long for a socket's address.
            with contextlib.chdir(lab.bastion.path("/run/palisade")):
                holding.connect("management.sock")
            assert holding.recv(100)
            yield

    def test_it_is_told_and_nobody_is_disturbed(self, lab: Lab, held: None) -> None:
        with lab.session("ada", lab.code("ada")) as ada:
            ada.connected()
            status, events = lab.converge()
            assert status == 1
            assert [one for one in events if one["event"] == "fault" and one["reason"].startswith("sessions: ")]
            assert {"event": "openvpn", "result": "restarted"} not in events
            assert lab.client.answers(API, 443)

    def test_when_somebody_left_it_is_restarted(self, lab: Lab, held: None) -> None:
        with lab.session("grace", lab.code("grace")) as grace:
            grace.connected()
            since = len(lab.events())
            lab.set_people([ADA.person, LIN.person])
            assert {"event": "openvpn", "result": "restarted"} in lab.converge()[1]
            # A client that was turned away by what was about to end waits longer before each further try.
            lab.refusal(since, "not in the list of people: 'grace'", seconds=60)
            assert not lab.client.answers(API, 443, seconds=0.5)
            assert grace.log().count(CONNECTED) == 1


@pytest.mark.parametrize("fault", [DOWN, THROTTLED], ids=["down", "throttled"])
def test_a_short_silence_of_aws_disturbs_nobody(lab: Lab, fault: tuple[int, str]) -> None:
    with lab.session("ada", lab.code("ada")) as ada:
        ada.connected()
        lab.aws.fault = fault
        age_list(lab, 100)
        status, events = lab.converge()
        assert status == 1
        assert [one for one in events if one["event"] == "fault" and fault[1] in one["reason"]]
        assert ada.process.poll() is None
        with lab.session("grace", lab.code("grace")) as grace:
            grace.connected()


def test_a_long_silence_of_aws_lets_nobody_in_and_nobody_stay(lab: Lab) -> None:
    with lab.session("ada", lab.code("ada")) as ada:
        ada.connected()
        lab.aws.fault = DOWN
        age_list(lab, 1000)
        status, events = lab.converge()
        assert status == 1
        assert {"event": "session-ended", "person": "ada"} in events
        ada.gone(seconds=5)
    since = len(lab.events())
    with lab.session("grace", lab.code("grace")) as grace:
        lab.refusal(since, "seconds old")
        assert CONNECTED not in grace.log()
    lab.aws.fault = None
    assert lab.converge()[0] == 0
    with lab.session("grace", lab.code("grace")) as grace:
        grace.connected()


@pytest.mark.parametrize("text", ["", "[]", '{"people": {"ada": {}}}', '{"people": {"../x": {}}}'])
def test_a_list_that_cannot_be_read_counts_as_silence(lab: Lab, text: str) -> None:
    kept = lab.bastion.path("/run/palisade/people.json").read_text()
    lab.aws.secrets[PEOPLE] = text
    status, events = lab.converge()
    assert status == 1
    assert [one for one in events if one["event"] == "fault" and "the list of people" in one["reason"]]
    assert lab.bastion.path("/run/palisade/people.json").read_text() == kept


def test_a_renegotiation_asks_the_list_but_not_the_person(lab: Lab) -> None:
    profile, since = f"reneg-sec 4\n{lab.profiles['ada']}", len(lab.events())
    with lab.session("ada", lab.code("ada"), profile=profile) as ada:
        ada.connected()
        before = len(lab.log())
        wait_until("a renegotiation", lambda: "VERIFY OK: depth=0, CN=ada" in lab.log()[before:], 20, lab.log)
        wait_until("its end", lambda: "Control Channel: TLSv1.3" in lab.log()[before:], 20, lab.log)
        assert lab.client.answers(API, 443)
        logins = [one for one in lab.events()[since:] if one["event"] == "login"]
        assert [one["result"] for one in logins] == ["accepted"]
        # Even if nothing ended the session: at the next one the bastion looks at the list again.
        age_list(lab, 1000)
        lab.refusal(since, "seconds old")


def test_a_viewer_has_the_tunnel_and_no_account(lab: Lab) -> None:
    assert lab.bastion.run("getent", "passwd", "lin", check=False).returncode == 2
    with lab.session("lin", lab.code("lin")) as lin:
        lin.connected()


def test_who_may_no_longer_log_in_keeps_the_tunnel(lab: Lab) -> None:
    lab.set_people([ADA.person, dataclasses.replace(GRACE.person, role="viewer"), LIN.person])
    with lab.session("grace", lab.code("grace")) as grace:
        grace.connected()
        assert lab.converge()[0] == 0
        assert grace.process.poll() is None
    assert not lab.bastion.path("/etc/ssh/palisade_keys/grace").exists()
