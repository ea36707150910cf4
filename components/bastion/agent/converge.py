"""Bring the bastion to the state in its secrets: fetch, validate, start. Idempotent; run at boot and every minute.

Without valid secrets OpenVPN is not started. Without a fresh list of people, access is refused and sessions end.
"""

import fcntl
import hashlib
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
SERVED = ("ca", "certificate", "key", "tls_crypt_v2")
HOST_KEYS = {"ssh_ed25519": "ssh_host_ed25519_key", "ssh_rsa": "ssh_host_rsa_key"}
DROPPING = ("hook input priority filter; policy drop;", "hook forward priority filter; policy drop;")
SECONDS_A_DAY = 86400


def refresh_people(config: Config, group: int) -> dict[str, Member]:
    """Read the list again; an invalid list never replaces the last valid one, which soon expires."""
    text = cloud.secret(config, config.people_arn)
    people = access.parse(text)
    write(config.people, access.save(text), 0o640, group)
    return people


def refresh_server(config: Config) -> None:
    """Fetch and check the server's secrets.

    Raises:
        ValueError: they are malformed; OpenVPN keeps the old ones, or is not started.
        CalledProcessError: certificate, authority and key do not match, or the certificate has expired.
    """
    values = cloud.document(cloud.secret(config, config.server_arn), SERVER_FIELDS)
    fresh = config.run / "fresh"
    fresh.mkdir(mode=0o700, exist_ok=True)
    for name in SERVED:
        write(fresh / name, values[name], 0o600)
    run("openssl", "verify", "-purpose", "sslserver", "-CAfile", f"{fresh}/ca", f"{fresh}/certificate")
    public = run("openssl", "x509", "-in", f"{fresh}/certificate", "-noout", "-pubkey").stdout
    if run("openssl", "pkey", "-in", f"{fresh}/key", "-pubout").stdout != public:
        raise ValueError("the server's key is not the certificate's")
    for name in SERVED:
        write(config.run / name, values[name], 0o600)
    keys = [Path("/etc/ssh") / file for file in HOST_KEYS.values()]
    for name, key in zip(HOST_KEYS, keys, strict=True):
        write(key, values[name], 0o600)
    with taken_over(config.run / "sshd-has", keys) as changed:
        if changed:
            for key in keys:
                write(key.with_suffix(".pub"), run("ssh-keygen", "-y", "-f", str(key)).stdout, 0o644)
            run("systemctl", "restart", "ssh.service")


@contextmanager
def taken_over(mark: Path, files: Sequence[Path]) -> Iterator[bool]:
    """Whether the files changed since a block last succeeded: the next run completes unfinished work."""
    digest = hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
    yield not mark.exists() or mark.read_text() != digest
    write(mark, digest, 0o600)


def refresh_duo(config: Config, group: int) -> None:
    """Fetch Duo's secret key, if the second factor is Duo."""
    if config.duo_arn:
        key = cloud.document(cloud.secret(config, config.duo_arn), {"secret_key": ""})["secret_key"]
        if not key:
            raise ValueError("the secret has no proper secret_key")
        write(config.duo_key, key, 0o640, group)


def is_running(config: Config) -> bool:
    """Whether OpenVPN runs."""
    return run("systemctl", "is-active", "--quiet", config.openvpn_unit, check=False).returncode == 0


def is_outdated(config: Config) -> bool:
    """Whether an upgrade replaced a program or library that OpenVPN runs: no other program restarts OpenVPN then."""
    shown = run("systemctl", "show", "--property=MainPID", "--value", config.openvpn_unit).stdout
    mapped = Path(f"/proc/{int(shown)}/maps").read_text().splitlines()
    return any("/usr/" in line and line.endswith(" (deleted)") for line in mapped)


def is_guarded() -> bool:
    """Whether the kernel drops traffic by default."""
    shown = run("nft", "list", "table", "inet", "palisade", check=False).stdout
    return all(policy in shown for policy in DROPPING)


def load_firewall() -> None:
    """Load the rules again, and at every boot."""
    run("systemctl", "enable", "nftables.service")
    run("systemctl", "restart", "nftables.service")
    if not is_guarded():
        raise ValueError("the rules are loaded, and drop nothing")
    event("firewall", result="loaded")


def guard(config: Config) -> None:
    """Load the kernel's filter for tunnel traffic; without it, no traffic is allowed.

    Raises:
        Exception: there is no firewall; OpenVPN has been stopped.
    """
    try:
        if not is_guarded():
            load_firewall()
    except Exception:
        run("systemctl", "stop", config.openvpn_unit)
        raise


def serve(config: Config) -> None:
    """Run OpenVPN with the fetched files."""
    running = is_running(config)
    with taken_over(config.run / "openvpn-has", [config.run / name for name in SERVED]) as changed:
        if changed or not running or is_outdated(config):
            run("systemctl", "restart", config.openvpn_unit)
            event("openvpn", result="restarted" if running else "started")


def close_sessions(config: Config, before: Mapping[str, Member]) -> None:
    """End the sessions of people who left, whose key or factor changed, or who cannot be checked any more.

    If OpenVPN does not respond, it is restarted, which ends all sessions.
    """
    try:
        people = access.load(config.people)
    except Refused:
        people = {}
    kept = {name for name, member in people.items() if name in before and before[name].proof == member.proof}
    gone = before.keys() - kept
    try:
        ended = management.end_sessions(config.management, kept, unfinished=bool(gone) or not people)
    except OSError:
        if not is_running(config):
            return
        if people and not gone:
            raise
        run("systemctl", "restart", config.openvpn_unit)
        event("openvpn", result="restarted")
        return
    for name in ended:
        event("session-ended", person=name)


def report_expiry(config: Config, people: Mapping[str, Member]) -> None:
    """Log the certificate that expires first, and in how many days."""
    command = ("openssl", "x509", "-in", f"{config.run}/certificate", "-noout", "-enddate", "-dateopt", "iso_8601")
    ends = {name: member.expires for name, member in people.items()}
    ends["the server"] = run(*command).stdout.strip().partition("=")[2]
    days = {
        name: int((datetime.fromisoformat(end).timestamp() - time.time()) / SECONDS_A_DAY) for name, end in ends.items()
    }
    first = min(days, key=lambda name: days[name])
    event("certificate", subject=first, days=days[first])


def prepare(config: Config) -> int:
    """Create the folders and the account that the other steps need; return the account's group."""
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
    """Run once; return the failures, in words without secrets."""
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
    listed = attempt("people", lambda: people.update(refresh_people(config, group)))
    # Before all slow steps: leavers lose access even while AWS does not answer.
    attempt("sessions", lambda: close_sessions(config, before))
    guarded = attempt("firewall", lambda: guard(config))
    if not listed:
        # Nobody has access, so nothing else matters; and the next run, which may have to end sessions, starts sooner.
        return faults
    attempt("address", lambda: cloud.take_address(config))
    good = attempt("server secrets", lambda: refresh_server(config))
    good = attempt("Duo's key", lambda: refresh_duo(config, group)) and good
    attempt("accounts", lambda: accounts.follow(config, people))
    if good and guarded:
        attempt("OpenVPN", lambda: serve(config))
        attempt("expiry", lambda: report_expiry(config, people))
    return faults


def main(arguments: Sequence[str], _environment: Mapping[str, str]) -> int:
    """Exit with code 1 if anything failed; the timer runs the program again."""
    config = load_config(arguments[0])
    with open("/run/palisade.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        faults = converge(config)
    for fault in faults:
        event("fault", reason=fault)
    event("converge", result="failed" if faults else "ok")
    return 1 if faults else 0
