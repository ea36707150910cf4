"""Real OpenVPN on both sides, with codes of one's own device: who gets in, how far, and who does not (VPN-MFA)."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from components.bastion.agent import factors
from tests.daemons.client import CONNECTED, Session
from tests.daemons.lab import API, BASTION, ELSEWHERE, GATEWAY, METADATA, OTHER_ZONE, RESOLVER, RUNNER, Lab
from tests.daemons.namespaces import Machine, Plug, connect, wait_until
from tests.daemons.people import ADA, certificate, private_pem

FORGED = "SESS_ID_AT_" + "A" * 80
"""Of the form of the tokens that spare a person the factor when keys are negotiated anew."""


@pytest.fixture(autouse=True)
def fresh(lab: Lab) -> None:
    """Each test begins as if nobody had tried anything lately."""
    lab.forget_tries()


@pytest.fixture(scope="class")
def inside(lab: Lab) -> Iterator[Session]:
    """Ada is connected."""
    lab.forget_tries()
    with lab.session("ada", lab.code("ada")) as session:
        yield session.connected()


class TestInside:
    def test_only_the_private_networks_are_routed(self, inside: Session) -> None:
        assert inside.routes() == {"10.41.0.0/24", "10.40.16.0/20", "10.40.32.0/20", RESOLVER}

    def test_the_cluster_is_asked_of_the_vpcs_resolver(self, inside: Session) -> None:
        """Both ways to say it: for every client, and for those that ask it of this resolver alone."""
        (pushed,) = re.findall(r"PUSH: Received control message: '(.*)'", inside.log())
        assert {
            f"dhcp-option DNS {RESOLVER}",
            f"dns server 0 address {RESOLVER}",
            "dns server 0 resolve-domains eu-central-1.eks.amazonaws.com eu-central-1.compute.internal",
        } <= set(pushed.split(","))
        assert "redirect-gateway" not in pushed

    def test_the_kubernetes_api_answers_and_sees_the_bastion(self, lab: Lab, inside: Session) -> None:
        for place in ((API, 443), (OTHER_ZONE, 443)):
            assert lab.client.answers(*place)
            # The kernel answers for it; who it was is known once it is accepted.
            assert set(wait_until("a peer", lambda place=place: lab.echoes[place].peers)) == {BASTION}

    def test_the_resolver_answers(self, lab: Lab, inside: Session) -> None:
        def ask() -> bytes:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as question:
                question.settimeout(5)
                question.sendto(b"name?", (RESOLVER, 53))
                return question.recv(512)

        assert lab.client.call(ask) == b"name?"
        assert lab.client.answers(RESOLVER, 53)

    def test_nothing_else_answers_even_when_it_is_routed(self, lab: Lab, inside: Session) -> None:
        for address in (ELSEWHERE, METADATA, GATEWAY):
            lab.client.run("ip", "route", "replace", f"{address}/32", "dev", inside.device)
        closed = {(API, 8443), (ELSEWHERE, 443), (METADATA, 80), (GATEWAY, 443), (RESOLVER, 443)}
        before = lab.metadata.asked, {place: len(echo.peers) for place, echo in lab.echoes.items()}
        assert [place for place in closed if lab.client.answers(*place, seconds=1)] == []
        assert before == (lab.metadata.asked, {place: len(echo.peers) for place, echo in lab.echoes.items()})

    def test_the_bastion_itself_offers_nothing_but_ssh(self, lab: Lab, inside: Session) -> None:
        lab.bastion.call(lambda: socket.create_server(("10.41.0.1", 8080)))
        assert not lab.client.answers("10.41.0.1", 8080, seconds=1)
        assert not lab.client.answers("203.0.113.7", 22, seconds=1), "SSH is inside of the tunnel only"
        assert lab.client.answers("10.41.0.1", 22)

    def test_people_do_not_reach_each_other(self, lab: Lab, inside: Session) -> None:
        elsewhere = Machine("another client", None)
        try:
            connect(Plug(lab.bastion, "wan2", "198.51.100.1/24"), Plug(elsewhere, "wan", "198.51.100.2/24"))
            profile = lab.profiles["grace"].replace("remote 203.0.113.7", "remote 198.51.100.1")
            with Session(elsewhere, lab.folder, profile, user="grace", password=lab.code("grace")) as other:
                other.connected()
                assert elsewhere.answers(API, 443)
                address = re.search(r"ifconfig (10\.41\.0\.\d+)", inside.log())
                assert address
                listening = lab.client.call(lambda: socket.create_server((address[1], 443)))
                assert not elsewhere.answers(address[1], 443, seconds=1)
                listening.close()
        finally:
            elsewhere.close()


class TestFactor:
    def test_a_code_of_the_device_connects(self, lab: Lab) -> None:
        since = len(lab.events())
        with lab.session("grace", f"passcode:{lab.code('grace')}") as session:
            session.connected()
        assert {"event": "login", "person": "grace", "result": "accepted", "source": "203.0.113.9"} in lab.events()[
            since:
        ]

    @pytest.mark.parametrize(
        ("password", "reason"),
        [
            ("000000x", "the password is neither push, auto, phone nor a code"),
            ("push", "push is not a factor here; type the six digits"),
            (FORGED, "the session's token is Invalid"),
        ],
    )
    def test_what_is_no_code_is_refused(self, lab: Lab, password: str, reason: str) -> None:
        since = len(lab.events())
        with lab.session("ada", password) as session:
            session.refused()
        assert lab.refusal(since, reason)["person"] == "ada"

    def test_without_a_password_there_is_no_connection(self, lab: Lab) -> None:
        since = len(lab.events())
        with lab.session("ada", "") as session:
            session.gone()
            assert CONNECTED not in session.log()
        assert not [one for one in lab.events()[since:] if one.get("result") == "accepted"]

    def test_a_wrong_code_is_refused(self, lab: Lab) -> None:
        wrong = f"{(int(lab.code('ada')) + 1) % 10**6:06}"
        since = len(lab.events())
        with lab.session("ada", wrong) as session:
            session.refused()
        assert lab.refusal(since, "the code is wrong")["person"] == "ada"

    def test_a_code_works_once(self, lab: Lab) -> None:
        code, since = lab.code("ada"), len(lab.events())
        with lab.session("ada", code) as session:
            session.connected()
        with lab.session("ada", code) as session:
            session.refused()
        lab.refusal(since, "the code was used before")

    def test_guessing_ends_after_a_few_tries_even_with_the_right_code(self, lab: Lab) -> None:
        wrong, since = f"{(int(lab.code('ada')) + 1) % 10**6:06}", len(lab.events())
        for _ in range(factors.TRIES):
            with lab.session("ada", wrong) as session:
                session.refused()
        with lab.session("ada", lab.code("ada")) as session:
            session.refused()
        lab.refusal(since, "too many tries; wait")
        assert [one["person"] for one in lab.events()[since:] if one["event"] == "factor-guessed"] == ["ada"]

    @pytest.mark.parametrize("whose", ["ada", "grace"])
    def test_anothers_user_name_is_refused_whoevers_code_it_is(self, lab: Lab, whose: str) -> None:
        since = len(lab.events())
        with lab.session("ada", lab.code(whose), user="grace") as session:
            session.refused()
        assert lab.refusal(since, "the user name is not the certificate's")["person"] == "ada"

    def test_what_was_typed_is_in_no_log_and_in_no_file(self, lab: Lab) -> None:
        code = lab.code("ada")
        with lab.session("ada", code) as session:
            session.connected()
        assert code not in lab.log()
        assert "SESS_ID_AT_" not in lab.log(), "nor is the token that was given for it"
        assert lab.bastion.run("find", "/tmp", "/run/palisade/peers", "-type", "f").stdout == ""


def with_certificate(lab: Lab, pem: str, key: ec.EllipticCurvePrivateKey) -> str:
    """Ada's profile with another certificate and key."""
    text = re.sub(r"<cert>.*</cert>", f"<cert>\n{pem}</cert>", lab.profiles["ada"], flags=re.DOTALL)
    return text.replace("key ada.key\n", f"<key>\n{private_pem(key)}</key>\n")


def foreign_authority(lab: Lab) -> str:
    key, other = ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP384R1())
    authority = certificate("vpn authority", other), private_pem(other)
    return with_certificate(lab, certificate("ada", key, authority), key)


def expired(lab: Lab) -> str:
    return with_certificate(lab, certificate("ada", ADA.vpn_key, lab.authority(), days=(-90, -1)), ADA.vpn_key)


def unlisted_key(lab: Lab) -> str:
    key = ec.generate_private_key(ec.SECP384R1())
    return with_certificate(lab, certificate("ada", key, lab.authority()), key)


def never_listed(lab: Lab) -> str:
    return with_certificate(lab, certificate("mallory", ADA.vpn_key, lab.authority()), ADA.vpn_key)


def for_servers(lab: Lab) -> str:
    usage = ExtendedKeyUsageOID.SERVER_AUTH
    return with_certificate(lab, certificate("ada", ADA.vpn_key, lab.authority(), usage=usage), ADA.vpn_key)


def old_tls(lab: Lab) -> str:
    lines = [line for line in lab.profiles["ada"].splitlines() if not line.startswith("tls-version-min")]
    return "\n".join(["tls-version-min 1.2", "tls-version-max 1.2", *lines])


NEVER: dict[str, tuple[Callable[[Lab], str], str]] = {
    "another authority": (foreign_authority, "VERIFY ERROR: depth=0"),
    "expired": (expired, "VERIFY ERROR: depth=0, error=certificate has expired"),
    "a key that is not in the list": (unlisted_key, "the certificate's key is not the one in the list of people"),
    "a name that is not in the list": (never_listed, "not in the list of people"),
    "a server's certificate": (for_servers, "unsuitable certificate purpose"),
    "TLS 1.2": (old_tls, "unsupported protocol"),
}


@pytest.mark.parametrize(("profile", "words"), NEVER.values(), ids=NEVER)
def test_never_gets_as_far_as_the_factor(lab: Lab, profile: Callable[[Lab], str], words: str) -> None:
    before = len(lab.log())
    with lab.session("ada", lab.code("ada"), profile=profile(lab)) as session:
        deadline = time.monotonic() + 20
        while words not in lab.log()[before:] and time.monotonic() < deadline:
            time.sleep(0.1)
        said = lab.log()[before:]
        assert words in said, f"{said}\n{session.log()}"
        assert CONNECTED not in session.log()
    assert '"result": "accepted"' not in said


class TestWithoutOurKey:
    def test_who_has_no_tls_crypt_key_hears_nothing(self, lab: Lab) -> None:
        profile = re.sub(r"<tls-crypt-v2>.*</tls-crypt-v2>", "", lab.profiles["ada"], flags=re.DOTALL)
        with lab.session("ada", lab.code("ada"), profile=profile) as session:
            time.sleep(3)
            assert "Initial packet from" not in session.log(), "the server answered"

    def test_a_key_that_the_server_did_not_wrap_is_dropped(self, lab: Lab, tmp_path: Path) -> None:
        lab.client.run("openvpn", "--genkey", "tls-crypt-v2-server", str(tmp_path / "server"))
        wrap = ["--tls-crypt-v2", str(tmp_path / "server"), "--genkey", "tls-crypt-v2-client", str(tmp_path / "client")]
        lab.client.run("openvpn", *wrap)
        key = (tmp_path / "client").read_text()
        profile = re.sub(r"(<tls-crypt-v2>\n).*(</tls-crypt-v2>)", rf"\1{key}\2", lab.profiles["ada"], flags=re.DOTALL)
        with lab.session("ada", lab.code("ada"), profile=profile) as session:
            time.sleep(3)
            assert "Initial packet from" not in session.log(), "the server answered"


def test_the_helper_says_no_to_what_it_does_not_know(lab: Lab) -> None:
    """Whatever OpenVPN were to ask of it: no settings, no script type, garbage."""
    for arguments in (["/nowhere"], ["/etc/palisade/agent.json"], ["/etc/palisade/agent.json", "0", "CN=ada"]):
        for kind in ({}, {"script_type": "tls-verify"}, {"script_type": "client-connect"}):
            done = lab.bastion.run(RUNNER, "verify", *arguments, check=False, environment=kind)
            assert done.returncode == 1, (arguments, kind, done.stderr)
