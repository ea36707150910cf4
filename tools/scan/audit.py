"""Run Prowler on the running sandbox with its mute lists, and report unmuted findings: `make audit`.

Findings caused by the emulation, and open true findings, are in prowler-sandbox.toml: users should mute neither.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from sandbox.engine.identities import REGION
from sandbox.engine.stack import ROOT
from tools.running import environment
from tools.scan.exemption import FOLDER
from tools.scan.page import PROVIDERS, mute_list, sandbox_only
from tools.scan.scanners import Finding

COMMAND: Final = ROOT / ".venv-prowler" / "bin" / "prowler"
OPTIONS: Final = {
    "aws": ("--region", REGION),
    "kubernetes": ("--kubeconfig-file", "{KUBECONFIG}"),
}
"""With the environment's variables in braces."""
FAILED: Final = 3
"""Prowler's return code when a check fails that is not muted."""


def run(provider: str, variables: Mapping[str, str], folder: Path) -> list[dict[str, Any]]:
    """Prowler's findings, in OCSF.

    Raises:
        RuntimeError: Prowler did not finish.
    """
    own = [option.format_map(variables) for option in OPTIONS[provider]]
    options = [*own, "--mutelist-file", str(FOLDER / f"prowler-{provider}.yaml")]
    outputs = ["--output-formats", "json-ocsf", "--output-directory", str(folder), "--output-filename", provider]
    command = [str(COMMAND), provider, *options, *outputs, "--no-banner", "--no-color"]
    done = subprocess.run(command, env=dict(variables), check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode not in (0, FAILED):
        raise RuntimeError(f"Prowler ended with {done.returncode}:\n{(done.stderr or done.stdout)[-2000:]}")
    return json.loads((folder / f"{provider}.ocsf.json").read_text())


def failures(findings: list[dict[str, Any]], *, muted: bool) -> Iterator[Finding]:
    """The muted and the unmuted failures."""
    for finding in findings:
        if finding["status_code"] == "FAIL" and (finding["status"] == "Suppressed") is muted:
            yield Finding(finding["metadata"]["event_code"], finding["resources"][0]["name"])


def main() -> int:
    """Return 0 if every failure is muted and every entry mutes something."""
    variables, wrong = environment(), False
    for provider in PROVIDERS:
        with tempfile.TemporaryDirectory() as scratch:
            findings = run(provider, variables, Path(scratch))
        known = {check for table in sandbox_only().values() for check in table} if provider == "aws" else set()
        unmuted = {*failures(findings, muted=False)}
        new = sorted(finding for finding in unmuted if finding.check not in known)
        stale = sorted(mute_list(provider).keys() - {finding.check for finding in failures(findings, muted=True)})
        gone = sorted(known - {finding.check for finding in unmuted})
        counts = f"{len(findings)} findings, {len(new)} failures are not reviewed, {len(stale)} mutes are stale"
        print(f"prowler {provider}: {counts}")
        for finding in new:
            print(f"  new: {finding.check} on {finding.resource}")
        for check in stale + gone:
            print(f"  stale: {check}")
        wrong = wrong or bool(new or stale or gone)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
