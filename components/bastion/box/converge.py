"""Bring the box to what its secrets say: fetch, validate, start. Run at boot and every minute; a second run is a no-op.

Without good secrets OpenVPN is not started. Without a fresh list of people nobody gets in and every session ends.
"""

import fcntl
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from . import access, accounts, cloud, management
from .access import Member, Refused
from .accounts import run, write
from .config import Config
from .config import load as load_config
from .events import event

CERTIFICATE = "-----BEGIN CERTIFICATE-----"
SERVER_FIELDS = {
    "ca": CERTIFICATE,
    "certificate": CERTIFICATE,
    "key": "-----BEGIN ",
    "tls_crypt_v2": "-----BEGIN OpenVPN tls-crypt-v2 server key-----",
    "ssh_ed25519": "-----BEGIN OPENSSH ",
    "ssh_rsa": "-----BEGIN OPENSSH ",
}
HOST_KEYS = {"ssh_ed25519": "ssh_host_ed25519_key", "ssh_rsa": "ssh_host_rsa_key"}
SECONDS_A_DAY = 86400


def refresh_people(config: Config, group: int) -> dict[str, Member]:
    """Read the list anew; a bad one never replaces the last good one, which soon is too old to count."""
    text = cloud.secret(config, config.people_arn)
    people = access.parse(text)
    write(config.people, access.save(text), 0o640, group)
    return people


def refresh_server(config: Config) -> bool:
    """Fetch and check the server's secrets; True if they differ from what is there.

    Raises:
        ValueError: they are malformed; OpenVPN keeps what it has, or is not started.
        CalledProcessError: certificate, authority and key do not belong together, or the certificate is over.
    """
    values = cloud.document(cloud.secret(config, config.server_arn), SERVER_FIELDS)
    fresh = config.run / "fresh"
    fresh.mkdir(mode=0o700, exist_ok=True)
    for name in ("ca", "certificate", "key", "tls_crypt_v2"):
        write(fresh / name, values[name], 0o600)
    run("openssl", "verify", "-purpose", "sslserver", "-CAfile", f"{fresh}/ca", f"{fresh}/certificate")
    public = run("openssl", "x509", "-in", f"{fresh}/certificate", "-noout", "-pubkey").stdout
    if run("openssl", "pkey", "-in", f"{fresh}/key", "-pubout").stdout != public:
        raise ValueError("the server's key is not the certificate's")
    changed = [write(config.run / name, values[name], 0o600) for name in ("ca", "certificate", "key", "tls_crypt_v2")]
    hosts = [write(Path("/etc/ssh") / file, values[name], 0o600) for name, file in HOST_KEYS.items()]
    if any(hosts):
        for file in HOST_KEYS.values():
            public = run("ssh-keygen", "-y", "-f", f"/etc/ssh/{file}").stdout
            write(Path(f"/etc/ssh/{file}.pub"), public, 0o644)
        run("systemctl", "restart", "ssh.service")
    return any(changed)


def refresh_duo(config: Config, group: int) -> None:
    """Fetch Duo's secret key, where the factor is Duo."""
    if config.duo_arn:
        key = cloud.document(cloud.secret(config, config.duo_arn), {"secret_key": ""})["secret_key"]
        if not key:
            raise ValueError("the secret has no proper secret_key")
        write(config.duo_key, key, 0o640, group)


def serve(config: Config, changed: bool) -> None:
    """Have OpenVPN run with what was fetched."""
    running = run("systemctl", "is-active", "--quiet", config.openvpn_unit, check=False).returncode == 0
    if changed or not running:
        run("systemctl", "restart", config.openvpn_unit)
        event("openvpn", result="restarted" if running else "started")


def close_sessions(config: Config, before: Mapping[str, Member]) -> None:
    """End the sessions of those who left, changed their key, or cannot be judged any more."""
    try:
        people = access.load(config.people)
    except Refused:
        people = {}
    kept = [name for name, member in people.items() if name in before and before[name].key == member.key]
    if config.management.exists():
        for name in management.end_sessions(config.management, kept):
            event("session-ended", person=name)


def report_expiry(config: Config, people: Mapping[str, Member]) -> None:
    """Say which certificate ends first, and in how many days."""
    command = ("openssl", "x509", "-in", f"{config.run}/certificate", "-noout", "-enddate", "-dateopt", "iso_8601")
    ends = {name: member.expires for name, member in people.items()}
    ends["the server"] = run(*command).stdout.strip().partition("=")[2]
    days = {
        name: int((datetime.fromisoformat(end.replace("Z", "+00:00")).timestamp() - time.time()) / SECONDS_A_DAY)
        for name, end in ends.items()
    }
    first = min(days, key=lambda name: days[name])
    event("certificate", subject=first, days=days[first])


def prepare(config: Config) -> int:
    """The folders and the account that the rest needs; returns the account's group."""
    account = accounts.system_user(config.user)
    for folder, user, group, mode in (
        (config.run, 0, account.pw_gid, 0o750),
        (config.peers, account.pw_uid, account.pw_gid, 0o700),
        (config.state, 0, 0, 0o755),
        (config.attempts, account.pw_uid, account.pw_gid, 0o700),
    ):
        folder.mkdir(parents=True, exist_ok=True)
        accounts.own(folder, user, group, mode)
    return account.pw_gid


def converge(config: Config) -> list[str]:
    """One run; returns what failed, in words without secrets."""
    faults: list[str] = []

    def attempt(what: str, action: Callable[[], object]) -> bool:
        try:
            action()
        except subprocess.CalledProcessError as fault:
            faults.append(f"{what}: {fault.cmd[0]} said {fault.stderr.strip()[-200:]}")
        except Exception as fault:  # noqa: BLE001 - each step is tried, each fault told, and the next minute tries again
            faults.append(f"{what}: {str(fault) or type(fault).__name__}")
        else:
            return True
        return False

    group = prepare(config)
    before, people = access.last(config.people), dict[str, Member]()
    changed: list[bool] = []
    listed = attempt("people", lambda: people.update(refresh_people(config, group)))
    # Before all that may take its time: who has left is out even while AWS does not answer.
    attempt("sessions", lambda: close_sessions(config, before))
    attempt("address", lambda: cloud.take_address(config))
    good = attempt("server secrets", lambda: changed.append(refresh_server(config)))
    good = attempt("Duo's key", lambda: refresh_duo(config, group)) and good
    if listed:
        attempt("accounts", lambda: accounts.follow(config, people))
    if listed and good:
        attempt("OpenVPN", lambda: serve(config, any(changed)))
        attempt("expiry", lambda: report_expiry(config, people))
    return faults


def main(arguments: Sequence[str], _environment: Mapping[str, str]) -> int:
    """Exit code 1 if anything failed; the timer runs it again."""
    config = load_config(arguments[0])
    with open("/run/palisade.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        faults = converge(config)
    for fault in faults:
        event("fault", reason=fault)
    event("converge", result="failed" if faults else "ok")
    return 1 if faults else 0
