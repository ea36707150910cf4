"""Real sshd with the rendered drop-in, inside of the tunnel: ssh-audit, and who logs in (SSH-CFG, SSH-USER)."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.bastion import sshd
from components.bastion.images import IMAGES
from tests.daemons.client import Session
from tests.daemons.lab import API, Lab
from tests.daemons.namespaces import wait_until
from tests.daemons.people import ADA, GRACE, LIN, Someone

ADDRESS = "10.41.0.1"
Done = subprocess.CompletedProcess[str]
AUDIT = Path(sys.executable).parent / "ssh-audit"


@pytest.fixture(scope="module", autouse=True)
def tunnel(lab: Lab) -> Iterator[Session]:
    """Ada is connected: there is no other way to sshd."""
    with lab.session("ada", lab.code("ada")) as session:
        yield session.connected()


@pytest.fixture(autouse=True)
def patience(lab: Lab) -> None:
    """No test pays for the connections of another one."""
    lab.bastion.run("nft", "flush", "set", "inet", "palisade", "ssh_sources")
    # Since 9.8 sshd itself makes an address wait after failures, and knows of them until it ends.
    lab.bastion.run("systemctl", "restart", "ssh.service")
    wait_until("sshd listens", lambda: lab.bastion.run("ss", "-Hltn", "sport", "=", ":22").stdout)


def client_flags(lab: Lab, key: Someone | None, *options: str) -> list[str]:
    """How a person calls ssh and sftp; the host key must be the one that the component tells."""
    known = lab.folder / "known_hosts"
    known.write_text(lab.known_hosts)
    settings = [f"UserKnownHostsFile={known}", "StrictHostKeyChecking=yes", "BatchMode=yes", "ConnectTimeout=5"]
    settings += ["GlobalKnownHostsFile=/dev/null", "IdentitiesOnly=yes", *options]
    identity = ["-i", str(key.write_ssh_key(lab.folder))] if key else []
    return ["-F", "none", *identity, *(word for setting in settings for word in ("-o", setting))]


def ssh(lab: Lab, user: str, key: Someone | None, *command: str, options: tuple[str, ...] = ()) -> Done:
    """A command on the bastion."""
    return lab.client.run("ssh", *client_flags(lab, key, *options), f"{user}@{ADDRESS}", *command, check=False)


class TestWho:
    def test_a_person_logs_in_with_their_key(self, lab: Lab) -> None:
        done = ssh(lab, "ada", ADA, "id", "-nG")
        assert done.returncode == 0, done.stderr + lab.bastion.path("/var/log/sshd.log").read_text()
        assert set(done.stdout.split()) == {"ada", "sudo", "palisade-ssh"}

    def test_operators_are_no_administrators(self, lab: Lab) -> None:
        assert "sudo" not in ssh(lab, "grace", GRACE, "id", "-nG").stdout.split()

    @pytest.mark.parametrize(
        ("user", "key"),
        [("grace", ADA), ("lin", LIN), ("root", ADA), ("nobody", ADA), ("ada", Someone("ada", "admin"))],
    )
    def test_another_key_and_another_account_are_refused(self, lab: Lab, user: str, key: Someone) -> None:
        done = ssh(lab, user, key, "true")
        assert done.returncode == 255
        assert "Permission denied (publickey)" in done.stderr

    def test_there_is_no_password_to_guess(self, lab: Lab) -> None:
        done = ssh(lab, "ada", None, "true", options=("PreferredAuthentications=password,keyboard-interactive",))
        assert done.returncode == 255
        assert "Permission denied (publickey)" in done.stderr

    def test_nobody_adds_a_key_for_themselves(self, lab: Lab) -> None:
        mallory = Someone("mallory", "admin")
        script = "mkdir -p ~/.ssh && cat > ~/.ssh/authorized_keys && chmod -R go= ~/.ssh"
        lab.bastion.run("su", "ada", "-c", script, text=mallory.person.ssh_key)
        assert ssh(lab, "ada", mallory, "true").returncode == 255
        assert ssh(lab, "ada", ADA, "test -w /etc/ssh/palisade_keys/ada -o -w /etc/ssh/palisade_keys").returncode == 1

    def test_it_is_no_way_around_the_firewall(self, lab: Lab) -> None:
        forward = ["-W", f"{API}:8443", f"ada@{ADDRESS}"]
        done = lab.client.run("ssh", *client_flags(lab, ADA), *forward, check=False)
        assert done.returncode == 255
        assert "hello" not in done.stdout
        assert lab.echoes[API, 8443].peers == []

    def test_files_are_copied(self, lab: Lab) -> None:
        lab.client.run("sftp", *client_flags(lab, ADA), "-b", "-", f"ada@{ADDRESS}", text="put /etc/hostname copied\n")
        assert lab.bastion.path("/home/ada/copied").read_text() == Path("/etc/hostname").read_text()

    def test_who_talks_too_often_is_not_heard(self, lab: Lab) -> None:
        heard = [lab.client.answers(ADDRESS, 22, seconds=0.3) for _ in range(14)]
        assert heard[:8] == [True] * 8
        assert not any(heard[-2:])


class TestHow:
    def test_ssh_audit_finds_nothing(self, lab: Lab) -> None:
        # On the bastion's own loopback, where the limit on connections does not count.
        command = [
            "nsenter",
            "--target",
            str(lab.bastion.pid),
            "--net",
            str(AUDIT),
            "--json",
            "--skip-rate-test",
            ADDRESS,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found = json.loads(done.stdout)
        assert done.returncode == 0, done.stdout
        notes = [
            (one["algorithm"], level, text)
            for kind in ("kex", "key", "enc", "mac")
            for one in found[kind]
            for level in ("fail", "warn")
            for text in one.get("notes", {}).get(level, [])
        ]
        assert notes == []
        assert {one["algorithm"] for one in found["key"]} == set(sshd.HOST_KEY_ALGORITHMS)

    def test_the_host_keys_are_those_of_the_guide(self, lab: Lab) -> None:
        shown = lab.bastion.run(
            "sh", "-c", "for one in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $one; done"
        ).stdout
        lines = [line.split() for line in shown.splitlines()]
        offered = {(line[-1], int(line[0])) for line in lines}
        assert {("(ED25519)", 256), ("(RSA)", sshd.RSA_BITS)} <= offered

    @pytest.mark.parametrize("version", sorted({image.openssh for image in IMAGES.values()}))
    def test_every_algorithm_of_every_image_is_green(self, version: tuple[int, int]) -> None:
        """Also of the OpenSSH that is not installed here."""
        names = [*sshd.key_exchanges(version), *sshd.CIPHERS, *sshd.MACS, *sshd.HOST_KEY_ALGORITHMS]
        done = subprocess.run(
            [AUDIT, "--no-colors", "--lookup", ",".join(names)], capture_output=True, text=True, check=False
        )
        assert "[fail]" not in done.stdout
        assert "[warn]" not in done.stdout
        assert not [name for name in names if name not in done.stdout], done.stdout

    def test_the_drop_in_is_what_counts(self, lab: Lab) -> None:
        """Whatever the image's other files say: the first value wins."""
        lab.bastion.path("/etc/ssh/sshd_config.d/50-cloud-init.conf").write_text(
            "PasswordAuthentication yes\nX11Forwarding yes\nAllowAgentForwarding yes\n"
            "AuthorizedKeysCommand /bin/cat /etc/ssh/keys\nTrustedUserCAKeys /etc/ssh/authority\n"
        )
        effective = lab.bastion.run("/usr/sbin/sshd", "-T").stdout.splitlines()
        assert {
            "passwordauthentication no",
            "kbdinteractiveauthentication no",
            "permitrootlogin no",
            "x11forwarding no",
            "disableforwarding yes",
            "allowagentforwarding no",
            "authorizedkeyscommand none",
            "trustedusercakeys none",
            "loglevel VERBOSE",
            "allowgroups palisade-ssh",
            "requiredrsasize 3072",
            "maxauthtries 3",
            "logingracetime 30",
            "maxstartups 10:30:60",
            "clientaliveinterval 300",
            "clientalivecountmax 2",
            "hostbasedauthentication no",
            "permituserenvironment no",
            "permitemptypasswords no",
            "permittunnel no",
            "authenticationmethods publickey",
            f"listenaddress {ADDRESS}:22",
            "authorizedkeysfile /etc/ssh/palisade_keys/%u",
            "subsystem sftp /usr/lib/openssh/sftp-server -f AUTHPRIV -l INFO",
        } <= set(effective)
        assert len([line for line in effective if line.startswith("hostkey ")]) == 2

    def test_it_answers_in_the_tunnel_only(self, lab: Lab) -> None:
        listening = lab.bastion.run("ss", "-Hltn", "sport", "=", ":22").stdout.split()
        assert listening[3] == f"{ADDRESS}:22"


class TestLeaving:
    """What ends when the list of people says so."""

    @pytest.fixture(autouse=True)
    def everybody(self, lab: Lab) -> Iterator[None]:
        yield
        lab.set_people([ADA.person, GRACE.person, LIN.person])
        lab.converge()

    def start(self, lab: Lab, someone: Someone) -> subprocess.Popen[bytes]:
        """A session that would last."""
        log = lab.folder / "session"
        log.write_text("")
        command = ["ssh", *client_flags(lab, someone), f"{someone.name}@{ADDRESS}", "echo in; exec sleep 600"]
        session = lab.client.start(command, log=log)
        wait_until("a session", lambda: "in" in log.read_text(), 20, log.read_text)
        return session

    def test_a_removed_persons_session_ends_and_who_returns_gets_in(self, lab: Lab) -> None:
        session = self.start(lab, GRACE)
        lab.set_people([ADA.person, LIN.person])
        assert {"event": "account-closed", "person": "grace"} in lab.converge()[1]
        assert session.wait(10) == 255
        assert ssh(lab, "grace", GRACE, "true").returncode == 255
        lab.set_people([ADA.person, GRACE.person, LIN.person])
        assert lab.converge()[0] == 0
        assert ssh(lab, "grace", GRACE, "true").returncode == 0

    def test_who_is_no_administrator_any_more_has_no_session_of_one(self, lab: Lab) -> None:
        session = self.start(lab, ADA)
        lab.set_people([dataclasses.replace(ADA.person, role="operator"), GRACE.person, LIN.person])
        assert lab.converge()[0] == 0
        assert session.wait(10) == 255
        assert "sudo" not in ssh(lab, "ada", ADA, "id", "-nG").stdout.split()

    def test_one_whose_account_cannot_be_closed_keeps_nobody_elses_open(self, lab: Lab) -> None:
        """The first of the group is nobody at all; a key without an account counts for nothing either."""
        lab.bastion.run("sed", "-i", "s/^\\(palisade-ssh:.*\\)$/\\1,aaron/", "/etc/group")
        lab.bastion.path("/etc/ssh/palisade_keys/nobody").write_text(ADA.person.ssh_key)
        lab.set_people([ADA.person, LIN.person])
        status, events = lab.converge()
        assert status == 1
        assert [
            one["reason"] for one in events if one["event"] == "fault" and "accounts: usermod said" in one["reason"]
        ]
        assert "grace" not in lab.bastion.run("getent", "group", "palisade-ssh").stdout
        assert lab.bastion.run("ls", "/etc/ssh/palisade_keys").stdout == "ada\n"
        lab.bastion.run("sed", "-i", "s/,aaron$//", "/etc/group")
