"""The second factor with Duo's packaged client, against an API of this process: only a clear yes lets in (VPN-MFA)."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from components.bastion import Duo as Factor
from tests.daemons import duo
from tests.daemons.client import CONNECTED
from tests.daemons.duo import Duo
from tests.daemons.lab import API, Lab
from tests.daemons.namespaces import wait_until
from tests.daemons.people import ADA, GRACE, certificate, private_pem

FACTOR = Factor(api_host=duo.HOST, integration_key=duo.INTEGRATION_KEY, secret_key=duo.SECRET_KEY)
TRUSTED = "/etc/ssl/certs/ca-certificates.crt"


def serve(lab: Lab, authority: tuple[str, str]) -> Duo:
    """Duo's API on the bastion's loopback, with a certificate of that authority."""
    key = ec.generate_private_key(ec.SECP384R1())
    usage = ExtendedKeyUsageOID.SERVER_AUTH
    file = lab.folder / "duo.pem"
    file.write_text(certificate(duo.HOST, key, authority, usage=usage, dns_name=duo.HOST) + private_pem(key))
    return Duo(lab.bastion.call(lambda: socket.create_server(("127.0.0.1", 443))), file)


def new_authority() -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP384R1())
    return certificate("a public authority", key), private_pem(key)


@pytest.fixture(scope="module")
def authority() -> tuple[str, str]:
    return new_authority()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, authority: tuple[str, str]) -> Iterator[Lab]:
    made = Lab(tmp_path_factory.mktemp("duo"), [ADA.person, GRACE.person], mfa=FACTOR)
    try:
        ADA.write_key(made.folder)
        with made.bastion.path("/etc/hosts").open("a") as hosts:
            hosts.write(f"127.0.0.1 {duo.HOST}\n")
        made.bastion.path(TRUSTED).write_text(authority[0])
        code, events = made.converge()
        assert code == 0, events
        yield made
    finally:
        made.close()


@pytest.fixture
def api(lab: Lab, authority: tuple[str, str]) -> Iterator[Duo]:
    """Duo, as it is on a good day."""
    lab.forget_tries()
    made = serve(lab, authority)
    yield made
    made.released.set()
    made.server.close()


def refused(lab: Lab, password: str, reason: str, *, unavailable: bool = False) -> None:
    """Ada is refused, and the event says why."""
    since = len(lab.events())
    with lab.session("ada", password) as session:
        session.refused(seconds=30)
        assert CONNECTED not in session.log()
    lab.refusal(since, reason)
    alarms = [one for one in lab.events()[since:] if one["event"] == "mfa-unavailable"]
    assert bool(alarms) == unavailable


@pytest.mark.parametrize("password", ["push", "auto", "phone", duo.PASSCODE, f"passcode:{duo.PASSCODE}"])
def test_a_yes_connects(lab: Lab, api: Duo, password: str) -> None:
    with lab.session("ada", password) as session:
        session.connected()
        assert lab.client.answers(API, 443)
    _, given = api.asked[-1]
    assert given["username"] == "ada"
    assert given["ipaddr"] == "203.0.113.9"
    assert given["factor"] == (password if password.isalpha() else "passcode")


@pytest.mark.parametrize("password", ["123456", "passcode:7654321"])
def test_a_wrong_passcode_is_refused(lab: Lab, api: Duo, password: str) -> None:
    refused(lab, password, "Duo says 'deny'")


def test_a_no_on_the_telephone_is_refused(lab: Lab, api: Duo) -> None:
    api.push = "deny"
    refused(lab, "push", "Duo says 'deny'")


@pytest.mark.parametrize(("standing", "said"), [("deny", "deny"), ("enroll", "enroll"), ("allow", "bypass")])
def test_who_would_not_be_asked_is_refused(lab: Lab, api: Duo, standing: str, said: str) -> None:
    """Also whom Duo would let in without a factor."""
    api.standing = standing
    refused(lab, "push", f"Duo says '{said}'")
    assert [path for path, _ in api.asked] == ["/auth/v2/preauth"]


def test_what_is_no_factor_is_not_sent_to_duo(lab: Lab, api: Duo) -> None:
    refused(lab, "hunter2", "the password is neither push, auto, phone nor a code")
    assert not api.asked


def test_anothers_user_name_asks_nobody(lab: Lab, api: Duo) -> None:
    since = len(lab.events())
    with lab.session("ada", "push", user="grace") as session:
        session.refused()
    lab.refusal(since, "the user name is not the certificate's")
    assert api.users() == set()


@pytest.mark.parametrize("nonsense", ["", "<html>", '{"stat": "OK"}', '{"stat": "OK", "response": {"result": null}}'])
def test_nonsense_is_a_refusal(lab: Lab, api: Duo, nonsense: str) -> None:
    api.nonsense = nonsense
    since = len(lab.events())
    with lab.session("ada", "push") as session:
        session.refused()
    lab.refusal(since, "Duo")


def test_keys_that_duo_refuses_let_nobody_in(lab: Lab, api: Duo) -> None:
    api.secret_key = "of another application"
    refused(lab, "push", "Duo cannot be asked", unavailable=True)


def test_an_api_that_is_down_lets_nobody_in(lab: Lab) -> None:
    lab.forget_tries()
    refused(lab, "push", "Duo cannot be asked", unavailable=True)


def test_an_impostor_with_another_authority_lets_nobody_in(lab: Lab) -> None:
    lab.forget_tries()
    impostor = serve(lab, new_authority())
    try:
        refused(lab, "push", "Duo cannot be asked", unavailable=True)
        assert not impostor.asked
    finally:
        impostor.server.close()


def test_silence_is_a_refusal_in_time_and_holds_up_nobody(lab: Lab, api: Duo) -> None:
    lab.settle({"mfa_seconds": 6})
    api.push = "silence"
    since, start = len(lab.events()), time.monotonic()
    try:
        with lab.session("ada", "push") as waiting, lab.session("grace", duo.PASSCODE) as other:
            other.connected(seconds=5)
            waiting.refused(seconds=15)
        assert time.monotonic() - start < 15
        lab.refusal(since, "Duo")
    finally:
        lab.settle({"mfa_seconds": 45})


def test_after_a_yes_tries_are_forgotten(lab: Lab, api: Duo) -> None:
    with lab.session("ada", duo.PASSCODE) as session:
        session.connected()
    assert json.loads(lab.bastion.path("/var/lib/palisade/mfa/ada.json").read_text())["failed"] == 0


def test_nobody_rings_a_telephone_for_ever(lab: Lab, api: Duo) -> None:
    api.push = "deny"
    since = len(lab.events())
    for _ in range(6):
        with lab.session("ada", "push") as session:
            session.refused()
    lab.refusal(since, "too many tries; wait")
    assert [one["person"] for one in lab.events()[since:] if one["event"] == "factor-guessed"] == ["ada"]
    assert len([path for path, _ in api.asked if path == "/auth/v2/auth"]) == 5


def test_the_secret_key_is_where_only_the_helper_reads_it(lab: Lab) -> None:
    assert lab.bastion.run("stat", "-c", "%U:%G %a", "/run/palisade/duo.key").stdout == "root:palisade-vpn 640\n"
    assert duo.SECRET_KEY not in lab.log()


def test_who_is_removed_while_their_telephone_rings_stays_out(lab: Lab, api: Duo) -> None:
    api.push = "silence"
    since = len(lab.events())
    try:
        with lab.session("ada", "push") as waiting:
            wait_until("Duo is asked", lambda: [path for path, _ in api.asked if path == "/auth/v2/auth"])
            lab.set_people([GRACE.person])
            assert lab.converge()[0] == 0
            api.push = "allow"
            api.released.set()
            wait_until("Duo's yes", lambda: [one for one in lab.events()[since:] if one.get("result") == "accepted"])
            waiting.gone()
            assert CONNECTED not in waiting.log()
    finally:
        lab.set_people([ADA.person, GRACE.person])
        lab.converge()


def test_a_renewal_waits_for_duos_key_and_is_not_forgotten(lab: Lab) -> None:
    server, key = "arn:aws:mock:::vpn-server", ec.generate_private_key(ec.SECP384R1())
    usage = ExtendedKeyUsageOID.SERVER_AUTH
    renewed = {"certificate": certificate("vpn.server", key, lab.authority(), usage=usage), "key": private_pem(key)}
    lab.aws.secrets[server] = json.dumps(json.loads(lab.aws.secrets[server]) | renewed)
    kept = lab.aws.secrets.pop("arn:aws:mock:::vpn-duo")
    status, events = lab.converge()
    assert status == 1
    assert not [one for one in events if one["event"] == "openvpn"]
    lab.aws.secrets["arn:aws:mock:::vpn-duo"] = kept
    assert {"event": "openvpn", "result": "restarted"} in lab.converge()[1]
    assert not [one for one in lab.converge()[1] if one["event"] == "openvpn"]
