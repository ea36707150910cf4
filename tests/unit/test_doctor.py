"""`python -m sandbox doctor`: names what a machine lacks, with the command that installs it there."""

from __future__ import annotations

import ast
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox import doctor
from sandbox.engine import binaries, installed, machine
from tests.daemons.conftest import PACKAGES

ROOT = Path(__file__).parents[2]
BEFORE_INSTALLATION = (
    "__main__.py",
    "doctor.py",
    *(f"engine/{name}.py" for name in ("binaries", "installed", "machine")),
)
VERSIONS = {
    "go": "go version go1.26.8 linux/amd64",
    "pulumi": "v3.259.0",
    "pulumi-language-yaml": "",
    "kube-apiserver": "Kubernetes v1.35.9",
    "kube-controller-manager": "Kubernetes v1.35.9",
    "kube-scheduler": "Kubernetes v1.35.9",
    "kubectl": "Client Version: v1.36.0",
    "kwok": "kwok version v0.8.1 go1.26.8 (linux/amd64)",
    "etcd": "etcd Version: 3.6.4",
}
Machine = Callable[..., Path]


@pytest.fixture
def a_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Makes a machine with certain programs and nothing built: the folder that is its PATH."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.setattr(doctor, "SYSTEM_PATH", "")
    shell = shutil.which("sh", path="/bin:/usr/bin")

    def make(*names: str, **printing: str) -> Path:
        for name in names:
            (folder / name).write_text(f"#!{shell}\necho '{VERSIONS.get(name, name)}'\n")
            (folder / name).chmod(0o755)
        for name, text in printing.items():
            (folder / name).write_text(f"#!{shell}\n{text}\n")
            (folder / name).chmod(0o755)
        return folder

    return make


def examined(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, str]]:
    """The exit code, and what is missing -> what to do."""
    code = doctor.main([])
    lines = capsys.readouterr().out.splitlines()
    missing = {}
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("  MISSING"):
            missing[line.removeprefix("  MISSING  ").partition(":")[0].split()[0]] = following.strip().removeprefix(
                "-> "
            )
    return code, missing


def test_a_machine_without_go_is_told_where_to_get_it(a_machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    a_machine("make", "brew")
    code, missing = examined(capsys)
    assert code == 1
    assert missing["Go"] == "brew install go, or https://go.dev/dl/"
    assert "make" not in missing


@pytest.mark.parametrize(
    ("go", "fix"),
    [
        ("echo go version go1.19.8 linux/amd64", "https://go.dev/dl/"),
        ('[ $1 = env ] && echo local || echo "go version go1.24.1 linux/arm64"', "go env -w GOTOOLCHAIN=auto"),
        ('[ $1 = env ] && echo auto || echo "go version go1.22.2 linux/amd64"', None),
        ("echo go version go1.27 darwin/arm64", None),
    ],
)
def test_an_older_go_serves_if_it_downloads_the_version_that_is_asked_for(
    a_machine: Machine, capsys: pytest.CaptureFixture[str], go: str, fix: str | None
) -> None:
    a_machine("make", go=go)
    code, missing = examined(capsys)
    assert code == (1 if fix else 0)
    assert missing.get("Go", "").startswith(fix or "")
    assert ("Go" in missing) is bool(fix)


def test_what_is_installed_in_a_suitable_version_needs_no_go(
    a_machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = a_machine("make", *installed.TOOLS)
    code, missing = examined(capsys)
    assert (code, "Go" in missing) == (0, False)
    assert binaries.find(print) == {name: folder / name for name in installed.TOOLS}


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("pulumi", "v3.258.0"),
        ("pulumi", "v4.0.0"),
        ("kube-apiserver", "Kubernetes v1.36.0"),
        ("kubectl", "Client Version: v1.32.4-dispatcher"),
        ("kwok", "kwok version v0.7.0"),
        ("kwok", "kwok version unknown"),
        ("etcd", "etcd Version: 3.4.30"),
    ],
)
def test_other_versions_are_not_used(a_machine: Machine, name: str, printed: str) -> None:
    folder = a_machine(*installed.TOOLS)
    assert installed.path(name) == folder / name
    a_machine(**{name: f"echo '{printed}'"})
    assert installed.path(name) is None


def test_the_yaml_host_is_used_with_the_pulumi_that_it_came_with(a_machine: Machine, tmp_path: Path) -> None:
    folder = a_machine("pulumi", "pulumi-language-yaml")
    assert installed.path("pulumi-language-yaml") == folder / "pulumi-language-yaml"
    (folder / "pulumi").rename(tmp_path / "pulumi")
    assert installed.path("pulumi-language-yaml") is None


def test_binaries_of_setup_envtest_are_found(
    a_machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = a_machine("etcd", "kube-apiserver")
    assets = tmp_path / "assets"
    folder.rename(assets)
    monkeypatch.setenv(installed.ASSETS, str(assets))
    assert installed.path("etcd") == assets / "etcd"
    assert installed.path("kube-apiserver") == assets / "kube-apiserver"


@pytest.mark.parametrize(
    ("manager", "package"),
    [("apt-get", "iproute2"), ("dnf", "iproute")],
)
def test_a_machine_without_ip_and_nft_is_told_the_packages(
    a_machine: Machine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, manager: str, package: str
) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    a_machine("make", "go", "openvpn", manager)
    code, missing = examined(capsys)
    assert code == 0, "`make up` does without"
    assert missing["ip"] == f"sudo {manager} install -y {package}"
    assert missing["nft"] == f"sudo {manager} install -y nftables"
    assert "openvpn" not in missing
    assert missing["root"] == "sudo make test"


def test_a_mac_is_told_what_needs_linux(
    a_machine: Machine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    a_machine("make", "go", "brew")
    assert doctor.main([]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("macOS arm64: `make up` should run, and has not been tried; `make daemons`")
    assert "nft" not in printed
    assert "MISSING  Linux" in printed


def test_another_python_is_not_enough(
    a_machine: Machine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "RUNNING", (3, 10))
    a_machine("make", "go", "brew", python3="echo Python 3.10.13")
    code, missing = examined(capsys)
    assert code == 1
    assert missing["Python"].startswith("brew install python@3.13, or https://www.python.org/downloads/")
    a_machine(**{"python3.12": '[ "$1" = -c ] && exit 1; echo Python 3.12.3'}, **{"apt-get": ":"})
    (a_machine() / "brew").unlink()
    code, missing = examined(capsys)
    assert (code, "Python" in missing) == (1, False)
    assert missing["venv"].endswith("apt-get install -y python3-venv")


def test_a_full_disk_is_named(
    a_machine: Machine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    a_machine("make", "go")
    usage = type("Usage", (), {"free": machine.BUILD_BYTES - 1})
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    code, missing = examined(capsys)
    assert (code, missing["disk"].startswith("free 9 GB there")) == (1, True)


def test_it_runs_before_anything_is_installed() -> None:
    """On the standard library alone, and in the words of Python 3.9, which macOS brings."""
    for file in BEFORE_INSTALLATION:
        ast.parse((ROOT / "sandbox" / file).read_text(), feature_version=(3, 9))
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-m", "sandbox", "doctor", "--help"], cwd=ROOT, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert "lacks" in done.stdout


def test_it_knows_the_packages_of_the_daemons_tests() -> None:
    known = {packages["apt-get"] for packages in doctor.DAEMONS.values()}
    assert known == {name for name in PACKAGES if not name.startswith("python3-")}
