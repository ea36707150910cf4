"""The commands of the documents: run where the sandbox can, otherwise with a reason, and their output compared.

A block of commands is fenced as `console`, and the fence states whether it is run:

    ```console sandbox
    $ pulumi stack output clusterName
    palisade
    ```

`sandbox` runs it in the environment of `python -m sandbox env`, one shell per document, in a scratch folder with the
program and the settings of the running stacks; `sandbox fails` expects it to be refused. `not-run: REASON` gives the
reason, one of REASONS. `...` matches variable output.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from sandbox.engine import layers
from sandbox.engine.stack import ROOT
from sandbox.engine.state import State

DOCUMENTS: Final = sorted((ROOT / "docs").glob("*.md"))
REASONS: Final = {
    "a real account": "only AWS itself has it",
    "OpenSSH's client": "tests/daemons logs in with such a key; the sandbox brings none",
    "a tunnel": "tests/daemons runs the real OpenVPN on both sides",
    "Deis's own client, and pods that really run": "kwok's pods run nothing",
    "a person's answers": "tests/unit/test_new_stack.py gives them",
    "a tag that is still to come": "walkthrough.md previews in the same way",
    "the end of what is tested": "tests/engine/test_1_lifecycle.py takes it down, after the documents",
    "tests/engine/test_0_first_up.py does it": "by `python -m sandbox up`, with the pack",
    "tests/engine/test_2_account.py does it": "with a stack of the account alone, destroyed and made again",
    "tests/engine/test_3_adoption.py does it": "with the emulated S3 and KMS, against the real engine",
    "tests/engine/test_3_package.py does it": "with git's own server as the forge, and a YAML program",
}  # fmt: skip
"""Why a command is not run -> what stands in for it."""
WITHOUT_BLOCKS: Final = {
    "baseline.md": "settings of a stack",
    "cost.md": "settings of a stack",
    "decisions.md": "names of tools",
    "deis.md": "Deis's own client, and pods that really run",
    "enforcing.md": "an organisation of Pulumi Cloud",
    "policies.md": "examples of resources",
    "recovery.md": "tests/engine breaks and repairs by the Automation API",
    "vpn.md": "tests/daemons runs both sides of the tunnel",
}
"""Documents whose commands are indented -> why those are not run."""
INDENTED: Final = re.compile(
    r"^ {4,}(?P<text>(?:aws|cd|deis|git|kubectl|openssl|pulumi|python3?|sudo|ssh) .*)$", re.MULTILINE
)
GROUPS: Final = {("config",), ("package",), ("policy",), ("policy", "group"), ("stack",), ("state",)}
"""Commands of pulumi that have commands of their own."""
BLOCK: Final = re.compile(
    r"^```(?:console|bash|sh|shell)(?P<mark>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
RUN, REFUSED, NOT_RUN = "sandbox", "sandbox fails", "not-run: "
SECONDS: Final = 300
DOCUMENTED_STACKS: Final[tuple[str, str]] = ("production", "production-platform")
"""Stacks that the documents name: a foundation and its platform."""
STACK_OPTION: Final = re.compile(r"--stack (production-platform|production)\b")
PROGRAM: Final = ("__main__.py", "components", "examples", "policies")
COMPARED: Final = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Command:
    """A command of a document."""

    document: str
    line: int
    text: str
    expected: str
    reason: str | None
    """Why it is not run; None: it is."""
    refused: bool = False
    """Whether it has to fail."""


def commands(document: Path) -> Iterator[Command]:
    """The commands of a document, in order.

    Raises:
        ValueError: a command does not state whether it is run.
    """
    text = document.read_text()
    for found in INDENTED.finditer(text):
        if document.name not in WITHOUT_BLOCKS:
            raise ValueError(
                f"{document.name}: {found['text']}: put it into a `console` block that says whether it is run"
            )
        line = text.count("\n", 0, found.start()) + 1
        yield Command(document.name, line, found["text"], "", WITHOUT_BLOCKS[document.name])
    for block in BLOCK.finditer(text):
        mark, line = block["mark"].strip(), text.count("\n", 0, block.start()) + 1
        if mark not in (RUN, REFUSED) and mark.removeprefix(NOT_RUN) not in REASONS:
            raise ValueError(f"{document.name}:{line}: say `{RUN}`, or `{NOT_RUN}` and one of {', '.join(REASONS)}")
        reason = None if mark in (RUN, REFUSED) else mark.removeprefix(NOT_RUN)
        at = line
        for part in re.split(r"^(?=\$ )", block["body"], flags=re.MULTILINE):
            if part:
                told, _, expected = part.partition("\n")
                if not told.startswith("$ "):
                    raise ValueError(f"{document.name}:{line}: a block begins with a command, after `$ `")
                yield Command(document.name, at + 1, told.removeprefix("$ "), expected, reason, mark == REFUSED)
                at += part.count("\n")


def with_commands() -> list[Path]:
    """Documents with at least one command that is run."""
    return [path for path in DOCUMENTS if any(command.reason is None for command in commands(path))]


def differences(document: Path, environment: Mapping[str, str], state: State, folder: Path) -> list[str]:
    """Run the supported commands of a document; return those with unexpected output or exit code.

    Args:
        document: its path.
        environment: of the sandbox.
        state: the sandbox, whose stacks replace those named in the documents.
        folder: an empty working folder.
    """
    wanted = [command for command in commands(document) if command.reason is None]
    for name in PROGRAM:
        (folder / name).symlink_to(ROOT / name)
    for path in ROOT.glob("Pulumi*.yaml"):
        shutil.copy(path, folder)
    stacks = layers.layers(state)
    for name, layer in stacks.items():
        # The Automation API stores non-strings as JSON, into which `config set --path` cannot write.
        settings = state.folder / "projects" / "palisade" / f"Pulumi.{name}.yaml"
        written = yaml.safe_load(settings.read_text())
        written["config"] |= layers.sandbox_settings(layer)
        (folder / settings.name).write_text(yaml.safe_dump(written))
    documented: dict[str, str] = dict(zip(DOCUMENTED_STACKS, (next(iter(stacks)), [*stacks][-1]), strict=True))
    results = folder / "results"
    results.mkdir()
    texts = [STACK_OPTION.sub(lambda found: f"--stack {documented[found[1]]}", command.text) for command in wanted]
    steps = [
        f"{{ {text}\n}} > {results / str(at)} 2>&1 < /dev/null; echo $? > {results / f'{at}.exit'}"
        for at, text in enumerate(texts)
    ]
    kubeconfig = shutil.copy(environment["KUBECONFIG"], folder / "kubeconfig")
    subprocess.run(
        ["bash", "-o", "pipefail", "-c", "\n".join(steps)],
        cwd=folder,
        env={
            **environment,
            "HOME": str(folder),
            "KUBECONFIG": str(kubeconfig),
            "LC_ALL": "C.UTF-8",
            "PATH": f"{environment['PATH']}{os.pathsep}{Path(sys.executable).parent}",
            "PULUMI_SKIP_CONFIRMATIONS": "true",
            "PULUMI_STACK": "sandbox",
            "PYTHONPATH": str(ROOT),
        },
        timeout=SECONDS,
        check=False,
    )
    told = []
    for at, command in enumerate(wanted):
        got, code = (results / str(at)).read_text(), (results / f"{at}.exit").read_text().strip()
        as_told = doctest.OutputChecker().check_output(command.expected, got, COMPARED)
        if (code != "0") != command.refused or not as_told:
            told.append(f"{command.document}:{command.line}: $ {command.text}\nexit {code}, printed:\n{got}")
    return told


def typed() -> list[str]:
    """All commands for a person to type, also in READMEs, which have no output to compare."""
    readmes = [ROOT / "README.md", ROOT / "policies" / "README.md", *sorted((ROOT / "examples").glob("*/README.md"))]
    found = [command.text for path in DOCUMENTS for command in commands(path)]
    return found + [each["text"] for path in readmes for each in INDENTED.finditer(path.read_text())]


def options_of_pulumi(texts: Iterable[str]) -> dict[tuple[str, ...], set[str]]:
    """Command of pulumi, such as (`stack`, `output`) -> the options used with it anywhere."""
    found: dict[tuple[str, ...], set[str]] = {}
    for part in re.findall(r"\bpulumi ([a-z][^|;&#\n]*)", "\n".join(texts)):
        words = part.split()
        verbs = (words[0],)
        while verbs in GROUPS:
            verbs = (*verbs, words[len(verbs)])
        options = {word.partition("=")[0] for word in words if re.match("--[a-z]", word)}
        found.setdefault(verbs, set()).update(options)
    return found
