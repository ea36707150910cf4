"""Record a terminal session for the README, docs/session.svg: `python -m tools.recording`.

The commands are really run, on this machine, against the sandbox of `make up`; long output is truncated. Run it for a
release. It is not part of `make docs`, because its times and ports differ each time.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from sandbox.engine.errors import SandboxError
from sandbox.engine.identities import STACK
from sandbox.engine.programs import ROOT
from tools.running import FOLDER, environment

OUT: Final = ROOT / "docs" / "session.svg"
WIDTH: Final = 110
OPEN_GROUP: Final = {
    "version": 3,
    "deployment": {
        "manifest": {},
        "resources": [
            {
                "urn": "urn:pulumi:prod::shop::aws:ec2/securityGroup:SecurityGroup::web",
                "type": "aws:ec2/securityGroup:SecurityGroup",
                "custom": True,
                "id": "sg-1",
                "inputs": {
                    "description": "Web",
                    "ingress": [
                        {
                            "protocol": "tcp",
                            "fromPort": 5432,
                            "toPort": 5432,
                            "cidrBlocks": ["0.0.0.0/0"],
                            "description": "Web",
                        }
                    ],
                },
            }
        ],
    },
}
"""The state of a stack that opens a database to everybody."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A command of the session."""

    shown: str
    """As a person types it."""
    run: str
    stdin: str = ""
    most: int = 16
    """Lines that are shown."""


def steps() -> Iterator[Step]:
    """The session: the cluster's content, a refusal by admission, a refusal by the pack."""
    python = shlex.quote(sys.executable)
    yield Step(shown='make up && eval "$(.venv/bin/python -m sandbox env)"', run="true")
    yield Step(shown="kubectl get nodes", run="kubectl get nodes")
    yield Step(shown="kubectl get pods -n deis", run="kubectl get pods -n deis")
    yield Step(
        shown="kubectl run shell --image busybox --privileged -n shop",
        run="kubectl run shell --image busybox --privileged -n shop",
        most=4,
    )
    yield Step(
        shown="pulumi stack export --stack shop/prod | .venv/bin/python -m policies check -",
        run=f"{python} -m policies check -",
        stdin=json.dumps(OPEN_GROUP),
    )


def record(session: Iterator[Step], variables: Mapping[str, str], console: Console) -> None:
    """Run each command and print it with its output."""
    for step in session:
        console.print(Text.assemble(("$ ", "bold green"), (step.shown, "bold")))
        done = subprocess.run(
            ["bash", "-c", step.run], cwd=ROOT, env=variables, input=step.stdin, capture_output=True, text=True,
            timeout=300, check=False,
        )  # fmt: skip
        lines = (done.stdout + done.stderr).rstrip().replace(str(ROOT), "~/palisade").splitlines()
        for line in lines[: step.most]:
            console.print(Text(line, overflow="fold"))
        if len(lines) > step.most:
            console.print(Text(f"... {len(lines) - step.most} more lines", "dim"))


def main(arguments: list[str]) -> int:
    """Write the picture; return 1 if no sandbox runs."""
    try:
        variables = environment(Path(arguments[0]) if arguments else FOLDER)
    except SandboxError as fault:
        print(fault, file=sys.stderr)
        return 1
    variables |= {"PULUMI_STACK": STACK, "COLUMNS": str(WIDTH), "NO_COLOR": "1"}
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115
    record(steps(), variables, console)
    OUT.write_text(console.export_svg(title="Palisade on one machine", unique_id="palisade"))
    print(OUT)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
