"""The bastion's one unit: fetches, checks, starts; idempotent, and never without good secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.daemons.cloud import ACCESS_KEY
from tests.daemons.lab import PUBLIC, Lab
from tests.daemons.people import ADA, GRACE, LIN, certificate, private_pem

SERVER = "arn:aws:mock:::vpn-server"
PEOPLE = "arn:aws:mock:::vpn-people"
STATE = ("/etc", "/run/palisade", "/var/lib/palisade", "/home")


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Lab]:
    """A bastion at its first boot, before its unit ran."""
    made = Lab(tmp_path, [ADA.person, GRACE.person, LIN.person])
    yield made
    made.close()


def state(lab: Lab) -> dict[str, str]:
    """Every file that the unit may have to do with: owner, mode, and a digest of what is in it."""
    script = r"find %s -xdev -type f ! -name people.json -printf '%%p %%u:%%g %%m ' -exec md5sum {} \;"
    listed = lab.bastion.run("sh", "-c", script % " ".join(STATE)).stdout
    return dict(line.split(" ", 1) for line in listed.splitlines())


def started(lab: Lab) -> bool:
    return "restart openvpn-server@palisade.service" in lab.systemctl()


def faults(events: list[dict[str, Any]]) -> str:
    return "\n".join(one["reason"] for one in events if one["event"] == "fault")


def change(lab: Lab, **fields: Any) -> None:
    """Change fields of the server's secret; None takes one away."""
    values = json.loads(lab.aws.secrets[SERVER]) | fields
    lab.aws.secrets[SERVER] = json.dumps({name: value for name, value in values.items() if value is not None})


def test_a_second_run_changes_nothing(new: Lab) -> None:
    assert new.converge()[0] == 0
    first, asked = state(new), new.systemctl()
    assert started(new)
    status, events = new.converge()
    assert status == 0
    assert state(new) == first
    assert new.systemctl()[len(asked) :] == [
        "is-active --quiet openvpn-server@palisade.service",
        "show --property=MainPID --value openvpn-server@palisade.service",
    ]
    assert [one["event"] for one in events] == ["certificate", "converge"]


def test_secrets_are_where_only_root_reads_them(new: Lab) -> None:
    assert new.converge()[0] == 0
    for file in ("key", "tls_crypt_v2", "certificate", "ca"):
        shown = new.bastion.run("stat", "-c", "%U %a", f"/run/palisade/{file}").stdout
        assert shown == "root 600\n", file
    assert new.bastion.run("stat", "-c", "%U:%G %a", "/run/palisade").stdout == "root:palisade-vpn 750\n"
    assert new.bastion.run("stat", "-c", "%U:%G %a", "/run/palisade/people.json").stdout == "root:palisade-vpn 640\n"
    assert new.bastion.run("stat", "-c", "%U %a", "/etc/ssh/ssh_host_rsa_key").stdout == "root 600\n"
    assert new.bastion.run("findmnt", "-no", "FSTYPE", "-T", "/run/palisade/key").stdout == "tmpfs\n"


def test_it_signs_with_the_roles_credentials_and_takes_its_address(new: Lab) -> None:
    new.metadata.public_address = "198.51.100.200"
    assert new.converge()[0] == 0
    assert new.aws.signed_by == {ACCESS_KEY}
    (call,) = new.aws.associated
    assert (call["AllocationId"], call["InstanceId"]) == ("eipalloc-vpn-address", "i-0123456789abcdef0")
    assert call["AllowReassociation"] == "true"
    new.metadata.public_address = PUBLIC
    new.converge()
    assert len(new.aws.associated) == 1, "it has it, and leaves it"


def other_key() -> str:
    return private_pem(ec.generate_private_key(ec.SECP384R1()))


def self_signed(_: Lab) -> dict[str, Any]:
    key = ec.generate_private_key(ec.SECP384R1())
    return {"certificate": certificate("vpn.server", key), "key": private_pem(key)}


def for_clients(lab: Lab) -> dict[str, Any]:
    key = ec.generate_private_key(ec.SECP384R1())
    return {"certificate": certificate("vpn.server", key, lab.authority()), "key": private_pem(key)}


BAD: dict[str, tuple[Any, str]] = {
    "no key": (lambda _: {"key": None}, "the secret has no proper key"),
    "an empty tls-crypt key": (lambda _: {"tls_crypt_v2": ""}, "the secret has no proper tls_crypt_v2"),
    "a number": (lambda _: {"ca": 7}, "the secret has no proper ca"),
    "a key of another": (lambda _: {"key": other_key()}, "the server's key is not the certificate's"),
    "another authority": (self_signed, "openssl said"),
    "a client's certificate": (for_clients, "openssl said"),
}


@pytest.mark.parametrize(("fields", "reason"), BAD.values(), ids=BAD)
def test_openvpn_does_not_start_with_bad_secrets(new: Lab, fields: Any, reason: str) -> None:
    change(new, **fields(new))
    status, events = new.converge()
    assert status == 1
    assert reason in faults(events)
    assert events[-1] == {"event": "converge", "result": "failed"}
    assert not started(new)


@pytest.mark.parametrize("secret", [SERVER, PEOPLE])
def test_openvpn_does_not_start_without_them(new: Lab, secret: str) -> None:
    kept = new.aws.secrets.pop(secret)
    status, events = new.converge()
    assert status == 1
    assert "AccessDenied" in faults(events)
    assert not started(new)
    new.aws.secrets[secret] = kept
    assert new.converge()[0] == 0, "and heals by itself"
    assert started(new)


def test_bad_secrets_do_not_disturb_what_runs(new: Lab) -> None:
    assert new.converge()[0] == 0
    before = state(new)
    change(new, key=other_key())
    assert new.converge()[0] == 1
    kept = {path: value for path, value in state(new).items() if "/fresh/" not in path}
    assert kept == {path: value for path, value in before.items() if "/fresh/" not in path}
    assert new.systemctl().count("restart openvpn-server@palisade.service") == 1


def test_no_event_shows_a_secret(new: Lab) -> None:
    change(new, key=other_key())
    shown = json.dumps(new.converge()[1])
    new.aws.secrets[PEOPLE] = new.aws.secrets[PEOPLE].replace('"role": "admin"', '"role": "king"')
    shown += json.dumps(new.converge()[1])
    assert "the server's key is not" in shown
    assert "a malformed role" in shown
    people = json.loads(new.aws.secrets[PEOPLE])["people"]
    assert not [person for person in people.values() if person["totp"] in shown]
    assert "PRIVATE KEY" not in shown


def test_a_renewed_certificate_restarts_openvpn_once(new: Lab) -> None:
    assert new.converge()[0] == 0
    key = ec.generate_private_key(ec.SECP384R1())
    usage = ExtendedKeyUsageOID.SERVER_AUTH
    change(new, certificate=certificate("vpn.server", key, new.authority(), usage=usage), key=private_pem(key))
    assert {"event": "openvpn", "result": "restarted"} in new.converge()[1]
    assert {"event": "openvpn", "result": "restarted"} not in new.converge()[1]


@pytest.mark.parametrize("upgraded", ["/usr/sbin/openvpn", "/usr/lib/x86_64-linux-gnu/libssl.so.3"])
def test_an_upgrade_restarts_openvpn_once(new: Lab, upgraded: str) -> None:
    """Neither Ubuntu's package nor needrestart does."""
    assert new.converge()[0] == 0
    new.bastion.run("sh", "-c", f"cp -p {upgraded} {upgraded}.dpkg-new && mv {upgraded}.dpkg-new {upgraded}")
    assert {"event": "openvpn", "result": "restarted"} in new.converge()[1]
    assert {"event": "openvpn", "result": "restarted"} not in new.converge()[1]


def test_the_certificate_that_ends_first_is_told(new: Lab) -> None:
    people = json.loads(new.aws.secrets[PEOPLE])
    people["people"]["grace"]["expires"] = "2026-01-01T00:00:00Z"
    new.aws.secrets[PEOPLE] = json.dumps(people)
    (told,) = [one for one in new.converge()[1] if one["event"] == "certificate"]
    assert told["subject"] == "grace"
    assert told["days"] < 0


class TestFirewall:
    RULES = "/etc/nftables.conf"

    def test_a_firewall_that_is_gone_is_loaded_again(self, new: Lab) -> None:
        assert new.converge()[0] == 0
        new.bastion.run("nft", "flush", "ruleset")
        status, events = new.converge()
        assert status == 0
        assert {"event": "firewall", "result": "loaded"} in events
        assert "policy drop" in new.bastion.run("nft", "list", "chain", "inet", "palisade", "forward").stdout

    def test_without_one_openvpn_ends_and_does_not_start(self, new: Lab) -> None:
        assert new.converge()[0] == 0
        rules = new.bastion.path(self.RULES).read_text()
        for broken in ("no rules {", rules.replace("policy drop", "policy accept")):
            new.bastion.path(self.RULES).write_text(broken)
            new.bastion.run("nft", "flush", "ruleset")
            asked = len(new.systemctl())
            status, events = new.converge()
            assert status == 1
            assert "firewall: " in faults(events)
            assert new.systemctl()[asked:][-2:] == [
                "restart nftables.service",
                "stop openvpn-server@palisade.service",
            ]
        new.bastion.path(self.RULES).write_text(rules)
        assert {"event": "openvpn", "result": "started"} in new.converge()[1], "and heals by itself"


def test_what_one_run_left_undone_the_next_does(new: Lab) -> None:
    drop_in = new.bastion.path("/etc/ssh/sshd_config.d/99-broken.conf")
    drop_in.write_text("NoSuchThing yes\n")
    status, events = new.converge()
    assert status == 1
    assert "systemctl said" in faults(events)
    assert not started(new)
    drop_in.unlink()
    assert new.converge()[0] == 0
    assert new.systemctl().count("restart ssh.service") == 2
    assert new.bastion.run("ss", "-Hltn", "sport", "=", ":22").stdout
    assert started(new)
