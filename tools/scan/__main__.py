"""Run scanners and compare their findings with `exemptions/`: `python -m tools.scan [NAME ...]`; all by default."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.scan.exemption import FOLDER, differences, exemptions
from tools.scan.rendering import render
from tools.scan.scanners import SCANNERS


def main(names: Sequence[str]) -> int:
    """Return 0 if every finding has a reviewed exemption, and every exemption a finding."""
    if unknown := {*names} - SCANNERS.keys():
        print(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(SCANNERS)}", file=sys.stderr)
        return 2
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        rendering = render(Path(scratch))
        for name in names or SCANNERS:
            scanner = SCANNERS[name]
            findings = {*scanner.scan(rendering)}
            wrong = [*differences(findings, exemptions(name))]
            print(f"{name} {scanner.version}: {len(findings)} findings, {len(wrong)} differ from the reviewed ones")
            for line in wrong:
                print(f"  {line}")
            failed = failed or bool(wrong)
    if failed:
        print(f"fix what is new, or add it with its reason to the scanner's file in {FOLDER}", file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
