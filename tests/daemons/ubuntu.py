"""The bastion's images as folders: the tests of the daemons with Ubuntu's own OpenVPN, OpenSSH, Python and cloud-init.

    python -m tests.daemons.ubuntu                  # every image that the bastion may have
    python -m tests.daemons.ubuntu ubuntu-26.04     # or those named

Each is made once from Ubuntu's archive, whose signatures are verified, and kept in the cache. Only the bastion runs in
it: the client stays this machine's.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Final

from components.bastion.images import IMAGES, ImageName
from components.bastion.user_data import DUO_PACKAGE, PACKAGES
from sandbox.engine import binaries
from tests.support import debian

VARIABLE: Final = "PALISADE_IMAGE"
"""Names the image that the tests of the daemons run the bastion from; unset: this machine's files."""
ARCHIVE: Final = "http://archive.ubuntu.com/ubuntu"
CODENAMES: Final[dict[ImageName, str]] = {"ubuntu-24.04": "noble", "ubuntu-26.04": "resolute"}
POCKETS: Final = ("", "-updates", "-security")
KEYRING: Final = "pool/main/u/ubuntu-keyring/ubuntu-keyring_2023.11.28.1build1_all.deb"
KEYRING_SHA256: Final = "c377ccf26964f4c206c05c0bc7adb708e031beb919bb9a0ff63af983d064cd66"
OF_THE_IMAGE: Final = ("apt", "cloud-init", "iproute2", "openssh-server", "procps", "python3", "sudo", "systemd")
"""What the tests use of what Canonical's image brings; the rest is what the user data installs."""


def root() -> Path:
    """The folder whose files the bastion has."""
    name = os.environ.get(VARIABLE)
    return _place(_known(name)) if name else Path("/")


def image() -> ImageName:
    """The image that the bastion is rendered for: of the named one, or the one whose OpenVPN Debian 12 has as well."""
    return _known(os.environ.get(VARIABLE) or "ubuntu-24.04")


def _known(name: str) -> ImageName:
    return next(each for each in IMAGES if each == name)


def _place(name: ImageName) -> Path:
    return binaries.cache().with_name("images") / name


def make(name: ImageName) -> Path:
    """Makes an image's folder if it is not there.

    Raises:
        subprocess.CalledProcessError: the archive cannot be read, or what it says is not signed by Ubuntu.
        ValueError: the keyring is not the one that is pinned.
    """
    place = _place(name)
    if place.exists():
        return place
    debian.require("tests/daemons", {"mmdebstrap": "/usr/bin/mmdebstrap"})
    place.parent.mkdir(parents=True, exist_ok=True)
    keyring, unfinished = _keyring(place.parent), place.with_suffix(".unfinished")
    # Of a run that was interrupted.
    shutil.rmtree(unfinished, ignore_errors=True)
    print(f"making {name} in {place}, once, from {ARCHIVE}", flush=True)
    codename = CODENAMES[name]
    sources = [f"deb [signed-by={keyring}] {ARCHIVE} {codename}{pocket} main universe" for pocket in POCKETS]
    packages = ",".join([*OF_THE_IMAGE, *PACKAGES, DUO_PACKAGE])
    command = ["mmdebstrap", "--quiet", "--variant=minbase", "--mode=root", f"--include={packages}", codename]
    subprocess.run([*command, str(unfinished), *sources], check=True)
    return unfinished.rename(place)


def _keyring(folder: Path) -> Path:
    """Ubuntu's keys, which Debian does not package everywhere."""
    with urllib.request.urlopen(f"{ARCHIVE}/{KEYRING}", timeout=60) as answer:  # noqa: S310 - a URL of our own
        package = answer.read()
    if hashlib.sha256(package).hexdigest() != KEYRING_SHA256:
        raise ValueError(f"{ARCHIVE}/{KEYRING}: another file than the pinned one")
    (folder / "keyring.deb").write_bytes(package)
    subprocess.run(["dpkg-deb", "--extract", str(folder / "keyring.deb"), str(folder / "keyring")], check=True)
    return folder / "keyring" / "usr" / "share" / "keyrings" / "ubuntu-archive-keyring.gpg"


def main(arguments: list[str] | None = None) -> int:
    """Runs the tests in each image; pytest's exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("image", nargs="*", default=[*IMAGES], choices=[*IMAGES])
    for name in parser.parse_args(arguments).image:
        make(name)
        print(f"the daemons of {name}", flush=True)
        command = [sys.executable, "-m", "pytest", str(Path(__file__).parent), "-n", "2", "--dist", "loadfile"]
        # The database that this is about is RDS's, on no image.
        command += ["--ignore", str(Path(__file__).with_name("test_deis_administrators.py"))]
        if code := subprocess.run(command, env={**os.environ, VARIABLE: name}, check=False).returncode:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
