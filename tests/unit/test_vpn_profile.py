"""The command that writes a person's files: what, with which mode, and what it says when it cannot (VPN-MFA)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
OUTPUTS = {
    "clusterName": "palisade",
    "vpnProfiles": {"ada": "client\nkey ada.key\n", "grace": "client\n"},
    "vpnEnrolments": {"ada": "otpauth://totp/vpn:ada?secret=HUSH"},
}


def hand_out(folder: Path, *people: str, text: str | None = None, **changes: Any) -> subprocess.CompletedProcess[str]:
    """The command as docs/vpn.md has it, under the most careless umask."""
    given = json.dumps(OUTPUTS | changes) if text is None else text
    command, environment = [sys.executable, "-m", "commands.vpn_profile", *people], {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, cwd=folder, env=environment, umask=0
    )


def test_both_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    done = hand_out(tmp_path, "ada")
    assert done.returncode == 0, done.stderr
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "ada.ovpn": OUTPUTS["vpnProfiles"]["ada"],
        "ada.otpauth": "otpauth://totp/vpn:ada?secret=HUSH\n",
    }
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    assert "HUSH" not in done.stdout + done.stderr


def test_with_duo_there_is_a_profile_only(tmp_path: Path) -> None:
    assert hand_out(tmp_path, "grace", vpnEnrolments={}).returncode == 0
    assert os.listdir(tmp_path) == ["grace.ovpn"]


def test_what_was_there_is_replaced_and_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("kept")
    (tmp_path / "ada.ovpn").symlink_to("elsewhere")
    (tmp_path / "ada.otpauth").write_text("old")
    (tmp_path / "ada.otpauth").chmod(0o644)
    assert hand_out(tmp_path, "ada").returncode == 0
    assert (tmp_path / "elsewhere").read_text() == "kept"
    for name in ("ada.ovpn", "ada.otpauth"):
        assert (tmp_path / name).lstat().st_mode & 0o7777 == 0o600
        assert not (tmp_path / name).is_symlink()


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "nobody": ({"person": "eve"}, "nobody is called eve; there are ada, grace"),
    "a way out": ({"person": "../ada"}, "nobody is called ../ada"),
    "hidden": (
        {"vpnProfiles": "[secret]"},
        "vpnProfiles is hidden; give `pulumi stack output` the flag --show-secrets",
    ),
    "half hidden": ({"vpnEnrolments": "[secret]"}, "vpnEnrolments is hidden"),
    "another stack": ({"text": '{"url": "x"}'}, "there is no vpnProfiles"),
    "one output": ({"text": '"client"'}, "there is no vpnProfiles"),
    "nothing": ({"text": ""}, "what comes in is not JSON; did `pulumi stack output` fail?"),
}


@pytest.mark.parametrize(("given", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_and_nothing_is_written(tmp_path: Path, given: dict[str, Any], words: str) -> None:
    rest = {name: value for name, value in given.items() if name != "person"}
    done = hand_out(tmp_path, given.get("person", "ada"), **rest)
    assert done.returncode == 1
    assert words in done.stderr
    assert os.listdir(tmp_path) == []


def test_it_is_for_one_person(tmp_path: Path) -> None:
    for people in ((), ("ada", "grace")):
        done = hand_out(tmp_path, *people)
        assert done.returncode == 2
        assert "usage: " in done.stdout
    assert os.listdir(tmp_path) == []
