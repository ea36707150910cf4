"""SSH accounts that follow the list of people: an account and a key for each person, none for leavers (SSH-USER)."""

import grp
import os
import pwd
import subprocess
from collections.abc import Mapping
from pathlib import Path

from .access import Member
from .config import Config
from .events import event

ROLES = {"admin": ("sudo",), "operator": ()}
"""Who has an account, and the further groups it is in. Viewers have none."""
SUDOERS = Path("/etc/sudoers.d/palisade")
SUDO_RULE = "%sudo ALL=(ALL:ALL) NOPASSWD: ALL\n"
"""No account has a password. Getting here took a certificate, a second factor and a key; sudo logs each command."""
COMMAND_SECONDS = 60


def run(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command; its output stays out of the journal unless it fails.

    Raises:
        CalledProcessError: it failed.
        TimeoutExpired: it hangs; other steps must not wait for it.
    """
    return subprocess.run(command, check=check, text=True, capture_output=True, timeout=COMMAND_SECONDS)  # noqa: S603 - arguments, no shell


def system_user(name: str) -> pwd.struct_passwd:
    """The account under which OpenVPN runs."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        run("useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", name)
        return pwd.getpwnam(name)


def write(path: Path, text: str, mode: int, group: int = 0) -> bool:
    """Write a root-owned file atomically, if it differs; return True if it did."""
    if path.exists() and path.read_text() == text and path.stat().st_mode & 0o777 == mode:
        return False
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(text)
    own(fresh, 0, group, mode)
    fresh.rename(path)
    return True


def own(path: Path, user: int, group: int, mode: int) -> None:
    """Set the owner and mode of a path."""
    os.chown(path, user, group)
    path.chmod(mode)


def follow(config: Config, people: Mapping[str, Member]) -> None:
    """Create and delete accounts.

    Raises:
        Exception: the first error, after all other accounts were processed.
    """
    run("groupadd", "--force", "--system", config.ssh_group)
    config.ssh_keys.mkdir(mode=0o755, parents=True, exist_ok=True)
    wanted = {name: member for name, member in people.items() if member.role in ROLES}
    for key in config.ssh_keys.iterdir():
        if key.name not in wanted:
            key.unlink()
    faults: list[Exception] = []
    for name in sorted({*grp.getgrnam(config.ssh_group).gr_mem, *wanted}):
        try:
            if name in wanted:
                _open(config, name, wanted[name])
            else:
                _close(name)
                event("account-closed", person=name)
        except Exception as fault:  # noqa: BLE001 - one person's fault keeps nobody else in
            faults.append(fault)
    write(SUDOERS, SUDO_RULE, 0o440)
    if faults:
        raise faults[0]


def _close(name: str) -> None:
    run("usermod", "--expiredate", "1", "--lock", name)
    end_processes(name)
    # Last, because the next run finds unfinished accounts by this group.
    run("usermod", "--groups", "", name)


def end_processes(name: str) -> None:
    """End all processes of an account, also those it runs as root, which belong to its sessions and not to its user."""
    run("loginctl", "terminate-user", name, check=False)
    run("pkill", "-KILL", "-u", name, check=False)


def _open(config: Config, name: str, member: Member) -> None:
    try:
        account = pwd.getpwnam(name)
    except KeyError:
        run("useradd", "--create-home", "--shell", "/bin/bash", name)
        account = pwd.getpwnam(name)
    if account.pw_uid < 1000:  # noqa: PLR2004 - Ubuntu's first uid of people
        raise ValueError(f"{name} is the name of a system account")
    groups = {config.ssh_group, *ROLES[member.role]}
    had = {group.gr_name for group in grp.getgrall() if name in group.gr_mem}
    if had != groups:
        run("usermod", "--groups", ",".join(sorted(groups)), "--expiredate", "", name)
    if had - groups:
        # A session keeps the groups it started with.
        end_processes(name)
    write(config.ssh_keys / name, f"{member.ssh_key}\n", 0o644)
