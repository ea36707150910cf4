"""The scanners: commands, and parsing of their findings."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.engine import binaries
from sandbox.engine.stack import ROOT
from tools.scan.rendering import Rendering

LOCKS: Final = Path(__file__).with_name("locks")
GRADE_OK: Final = 10
"""The grade of kube-score for a check that passes."""
RISKS: Final = (
    "PrivilegeEscalation",
    "ResourceExposure",
    "ServiceWildcard",
    "CredentialsExposure",
    "DataExfiltration",
    "InfrastructureModification",
)
"""The risks that cloudsplaining reports of a policy."""


@dataclass(frozen=True, order=True)
class Finding:
    """A check that failed on a resource."""

    check: str
    resource: str


@dataclass(frozen=True)
class Scanner:
    """A scanner, and its reading of a rendering."""

    name: str
    source: str
    """The Go module with its name as required in go.mod, or `pypi`."""
    reads: str
    """What it is run on, for docs/scanners.md."""
    scan: Callable[[Rendering], Iterator[Finding]]

    @property
    def version(self) -> str:
        """The pinned version."""
        if self.source == "pypi":
            return pinned(self.name)
        required = (binaries.MODULES / binaries.SCANNERS.name / "go.mod").read_text()
        return _matched(rf"^\s*(?:require )?{re.escape(self.source)} v(\S+)", required)


def pinned(name: str) -> str:
    """The version of a scanner from PyPI in its lock."""
    return _matched(rf"^{re.escape(name)}==(\S+)", (LOCKS / f"{name}.txt").read_text())


def _matched(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    if found is None:
        raise LookupError(f"nothing that matches {pattern} is pinned")
    return found[1]


def _run(*command: object, cwd: Path | None = None, failed: frozenset[int] = frozenset({0})) -> str:
    """Standard output of a command.

    Raises:
        RuntimeError: its return code is not in `failed`; the message has its standard error.
    """
    done = subprocess.run(  # noqa: S603
        [*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode not in failed:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def _go(name: str) -> Path:
    return binaries.built([name], print)[name]


def _python(name: str) -> Path:
    return ROOT / f".venv-{name}" / "bin" / name


def _kube_score(rendering: Rendering) -> Iterator[Finding]:
    # It exits with 1 if a check fails.
    told = _run(_go("kube-score"), "score", "--output-format", "json", rendering.manifests, failed=frozenset({0, 1}))
    for scored in json.loads(told):
        kind, _, rest = scored["object_name"].partition("/")
        for check in scored["checks"]:
            if check["grade"] < GRADE_OK and not check["skipped"]:
                # The object's name is Kind/group/version/namespace/name.
                yield Finding(check["check"]["id"], "/".join([kind, *rest.split("/")[-2:]]))


def _checkov(rendering: Rendering) -> Iterator[Finding]:
    told = _run(
        *(_python("checkov"), "--framework", "kubernetes", "--skip-download", "--compact", "--quiet", "--soft-fail"),
        *("--output", "json", "--file", rendering.manifests),
    )
    reports: Any = json.loads(told)
    for report in reports if isinstance(reports, list) else [reports]:
        for failure in report["results"]["failed_checks"]:
            yield Finding(failure["check_id"], failure["resource"].replace(".", "/", 2))


def _cloudsplaining(rendering: Rendering) -> Iterator[Finding]:
    exclusions = rendering.folder / "exclusions.yml"
    # Its own default excludes AWS's policies for services.
    exclusions.write_text(json.dumps({key: [] for key in ("policies", "roles", "users", "groups", "include-actions")}))
    _run(
        *(_python("cloudsplaining"), "scan", "--input-file", rendering.authorization, "--skip-open-report"),
        *("--exclusions-file", exclusions, "--output", rendering.folder),
    )
    results = json.loads((rendering.folder / f"iam-results-{rendering.authorization.stem}.json").read_text())
    for kind in ("aws_managed_policies", "customer_managed_policies", "inline_policies"):
        for policy in results[kind].values():
            for risk in RISKS:
                if policy[risk]["findings"]:
                    yield Finding(risk, policy["PolicyName"])


def _gitleaks(rendering: Rendering) -> Iterator[Finding]:
    report = rendering.folder / "gitleaks.json"
    _run(
        *(_go("gitleaks"), "dir", ".", "--no-banner", "--log-level", "error", "--exit-code", "0"),
        *("--report-format", "json", "--report-path", report),
        cwd=rendering.repository,
    )
    for leak in json.loads(report.read_text()):
        # The digest is that of the literal: another literal on the same line is another finding.
        digest = hashlib.sha256(leak["Secret"].encode()).hexdigest()[:12]
        yield Finding(leak["RuleID"], f"{leak['File']} {digest}")


SCANNERS: Final = {
    scanner.name: scanner
    for scanner in (
        Scanner("kube-score", "github.com/zegl/kube-score", "the Kubernetes objects", _kube_score),
        Scanner("gitleaks", "github.com/zricethezav/gitleaks/v8", "the files of this repository", _gitleaks),
        Scanner("checkov", "pypi", "the Kubernetes objects", _checkov),
        Scanner("cloudsplaining", "pypi", "IAM's users, groups, roles and policies", _cloudsplaining),
    )
}
