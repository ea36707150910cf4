"""The machines of these tests, and the packages that they run."""

from __future__ import annotations

import fcntl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemons.lab import Lab
from tests.daemons.namespaces import is_root
from tests.daemons.people import ADA, GRACE, LIN
from tests.support import debian

PACKAGES = {
    "cloud-init": ("/usr/bin/cloud-init", ("cloud-config", "cloud-final", "cloud-init-local", "cloud-init")),
    "iproute2": ("/usr/sbin/ip", ()),
    "nftables": ("/usr/sbin/nft", ()),
    "openssh-client": ("/usr/bin/ssh", ()),
    "openssh-server": ("/usr/sbin/sshd", ("ssh",)),
    "openssl": ("/usr/bin/openssl", ()),
    "openvpn": ("/usr/sbin/openvpn", ("openvpn",)),
    "postgresql": ("/usr/bin/pg_ctlcluster", ("postgresql",)),
    "procps": ("/usr/bin/pkill", ()),
    "python3-boto3": ("/usr/lib/python3/dist-packages/boto3", ()),
    "python3-duo-client": ("/usr/lib/python3/dist-packages/duo_client", ()),
    "shellcheck": ("/usr/bin/shellcheck", ()),
}
"""Debian package -> a file of it, and the services that installing it would have running from the next boot on."""


@pytest.fixture(scope="session", autouse=True)
def packages(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What the tests run is there, or they fail: a test of real daemons that skips them proves nothing."""
    # Of all the processes that share the tests, one installs.
    with (tmp_path_factory.getbasetemp().parent / "packages.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install_missing()


def install_missing() -> None:
    """Install what is not there, without starting it."""
    if not is_root():
        pytest.exit("tests/daemons: needs root, to make network namespaces and install packages", returncode=1)
    missing = [name for name, (file, _) in PACKAGES.items() if not Path(file).exists()]
    debian.require("tests/daemons", {name: file for name, (file, _) in PACKAGES.items()})
    services = [service for name in missing for service in PACKAGES[name][1]]
    if services:
        subprocess.run(["systemctl", "--quiet", "disable", *services], capture_output=True, check=False)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A bastion with codes of one's own device, which is up."""
    made = Lab(tmp_path_factory.mktemp("lab"), [ADA.person, GRACE.person, LIN.person])
    try:
        ADA.write_key(made.folder)
        code, events = made.converge()
        assert code == 0, f"{events}\n{made.log()}"
        yield made
    finally:
        made.close()
