"""The command line: what to judge, under which configuration, and in which form to tell."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from policies.check.document import document, stack_of, version
from policies.check.judging import Report, judge
from policies.check.page import page
from policies.check.reading import STDIN, read
from policies.check.resources import InputError
from policies.check.sarif import sarif
from policies.check.text import text
from policies.kernel.configuration import (
    PRESETS,
    ConfigurationError,
    exception_faults,
    faults,
    load,
    merged,
    preset,
    resolve,
)
from policies.kernel.policy import Policy
from policies.registry import PACK, POLICIES

CLEAN, BROKEN, UNUSABLE = 0, 1, 2
"""The exit codes."""


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


FORMATS: Final[dict[str, Callable[[dict[str, Any]], str]]] = {
    "text": text,
    "json": _json,
    "sarif": lambda made: _json(sarif(made)),
    "html": page,
}
FAIL_ON: Final = {"mandatory": ("mandatory",), "advisory": ("mandatory", "advisory")}

_DESCRIPTION: Final = """\
Judges a stack with the whole pack, without an engine, a server or credentials:

  pulumi stack export | python -m policies check -
  pulumi preview --json --show-sames > preview.json && python -m policies check preview.json
  python -m policies check state.json --preset production --format html --output report.html
"""
_EPILOG: Final = """\
Secrets stay encrypted and count as not known; what cannot be decided for that is listed.

exit codes:
  0  no mandatory policy is broken (with --fail-on advisory: no policy)
  1  a mandatory policy is broken (with --fail-on advisory: any policy)
  2  nothing was judged: wrong arguments, a file that cannot be read, a stack with nothing to judge, a mistake in the
     configuration
"""


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(
        prog="python -m policies",
        description="Palisade's policy pack. The engine runs it by itself (--policy-pack); people run `check`.",
    )
    made.add_argument("--version", action="version", version=f"{PACK} {version()}")
    command = made.add_subparsers(required=True, metavar="COMMAND").add_parser(
        "check",
        help="judge the state, preview or plan of a stack",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "file",
        metavar="FILE",
        help="output of `pulumi stack export` or `pulumi preview --json`, or file of `pulumi preview --save-plan`; "
        "- for the standard input",
    )
    command.add_argument(
        "--state", metavar="FILE", help="for a plan that changes what exists: the exported state before"
    )
    command.add_argument("--preset", choices=PRESETS, help="a configuration that comes with the pack")
    command.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="the pack's configuration, as for --policy-pack-config; goes before the preset; may be repeated",
    )
    command.add_argument("--format", choices=FORMATS, default="text", help="(default: %(default)s)")
    command.add_argument(
        "--output", metavar="FILE", type=Path, help="write the report there, not to the standard output"
    )
    command.add_argument(
        "--fail-on",
        choices=FAIL_ON,
        default="mandatory",
        help="the least level that ends with exit code 1 (default: %(default)s)",
    )
    command.add_argument(
        "--allow-empty", action="store_true", help="end with exit code 0 where there is nothing to judge"
    )
    return made


def main(arguments: Sequence[str] | None = None, policies: Sequence[Policy] = POLICIES) -> int:
    """Runs the command; the process's exit code."""
    asked = parser().parse_args(arguments)
    try:
        report, configuration = _judged(asked, policies)
        made = document([stack_of(report)], [], policies, report.configured, configuration)
        _write(asked.output, FORMATS[asked.format](made))
    except (InputError, ConfigurationError) as fault:
        print(f"error: {fault}".replace("\n", "\nerror: "), file=sys.stderr)
        return UNUSABLE
    if not report.has_judged and not asked.allow_empty:
        print(
            f"error: {asked.file} has no resource that a policy judges; is it the export of the right stack? "
            "Give --allow-empty where an empty stack is meant",
            file=sys.stderr,
        )
        return UNUSABLE
    return BROKEN if any(made["summary"][level] for level in FAIL_ON[asked.fail_on]) else CLEAN


def _judged(asked: argparse.Namespace, policies: Sequence[Policy]) -> tuple[Report, list[str]]:
    layers = [(f"the preset {asked.preset}", preset(asked.preset))] if asked.preset else []
    layers += [(str(path), load(path)) for path in asked.config]
    for name, layer in layers:
        if wrong := faults(layer, policies) or exception_faults(layer):
            raise ConfigurationError(name, wrong)
    configured = resolve(merged(*(layer for _, layer in layers)), policies)
    return judge(read(asked.file, asked.state), policies, configured), [name for name, _ in layers]


def _write(path: Path | None, content: str) -> None:
    if path is None or str(path) == STDIN:
        sys.stdout.write(content)
        return
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as fault:
        raise InputError(f"{path}: cannot be written: {fault.strerror}; give another --output") from None
