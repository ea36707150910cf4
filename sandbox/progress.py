"""What a person sees while the engine works.

On a terminal: a line for each component with what is done of what was begun. Elsewhere, and with `--verbose`: a line
for each resource. Warnings appear once, with the resource's name.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from pulumi.automation.events import EngineEvent
from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from sandbox.engine.stack import COLOUR, FROM_PATH

VERBS: Final = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "create-replacement": "created anew",
    "delete-replaced": "deleted the old",
    "refresh": "",
    "read": "read",
}
QUIET: Final = ("same", "refresh")
OTHERS: Final = "outside of components"


@dataclass
class Component:
    """What was done in one component of the program."""

    begun: int = 0
    done: int = 0
    first: float = 0
    """Seconds from the start of the operation to its first change."""
    last: float = 0
    failed: int = 0
    operations: Counter[str] = field(default_factory=Counter)

    @property
    def seconds(self) -> float:
        """From the first change that was begun to the last that is done."""
        return max(0.0, self.last - self.first)


class Progress:
    """Follows operations of the engine.

    Args:
        console: where lines go.
    """

    verbose: ClassVar[bool] = False
    """Show a line for each resource on terminals as well."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()
        self._live: Live | None = None
        self._warned: set[str] = set()
        self.components: dict[str, Component] = {}
        self.changes: Counter[str] = Counter()
        self.policies: dict[str, str] = {}

    def __call__(self, event: EngineEvent) -> None:
        """Show an event of the engine."""
        if event.resource_pre_event:
            self._begun(event.resource_pre_event.metadata)
        elif event.res_outputs_event:
            self._done(event.res_outputs_event.metadata)
        elif event.res_op_failed_event:
            self._failed(event.res_op_failed_event.metadata)
        elif event.summary_event:
            packs = event.summary_event.policy_packs or {}
            self.policies = {name.partition("|")[0]: version for name, version in packs.items()}
        elif event.cancel_event:
            # The last event of every operation.
            self.end()
        elif event.policy_event and event.policy_event.enforcement_level != "mandatory":
            policy = event.policy_event
            self._warn(policy.policy_name, policy.message, policy.resource_urn)
        elif (
            event.diagnostic_event
            and event.diagnostic_event.severity == "warning"
            and FROM_PATH not in event.diagnostic_event.message
        ):
            self._warn("warning", event.diagnostic_event.message, event.diagnostic_event.urn)

    def end(self) -> None:
        """Remove the table from the terminal."""
        if self._live:
            self._live.stop()
            self._live = None

    def _warn(self, kind: str, message: str, urn: str | None) -> None:
        line = f"{_name(urn)}: {_first_line(message)}" if urn else _first_line(message)
        if f"{kind} {line}" not in self._warned:
            self._warned.add(f"{kind} {line}")
            self._print(f"  [yellow]{escape(kind)}[/] {escape(line)}")

    def _component(self, metadata: Any) -> Component:
        return self.components.setdefault(component_of(metadata.urn), Component(first=self.seconds))

    def _begun(self, metadata: Any) -> None:
        if not _is_quiet(metadata):
            self._component(metadata).begun += 1
            self._show()

    def _done(self, metadata: Any) -> None:
        if _is_quiet(metadata):
            return
        operation = _operation(metadata)
        self.changes[operation] += 1
        component = self._component(metadata)
        component.done += 1
        component.last = self.seconds
        component.operations[operation] += 1
        if self._each:
            kind = metadata.type.rpartition(":")[2]
            self._print(
                f"  [dim]{self.seconds:5.0f} s[/]  {VERBS.get(operation, operation)} {kind}"
                f" [bold]{escape(_name(metadata.urn))}[/]"
            )
        self._show()

    def _failed(self, metadata: Any) -> None:
        self._component(metadata).failed += 1
        self._print(f"  [red]failed[/] {metadata.type.rpartition(':')[2]} {escape(_name(metadata.urn))}")

    def _print(self, line: str) -> None:
        # Whole lines in a log: a message that is broken at 80 letters cannot be searched for.
        self._console.print(line, soft_wrap=not self._console.is_terminal)

    @property
    def _each(self) -> bool:
        return self.verbose or not self._console.is_terminal

    def _show(self) -> None:
        if self._each:
            return
        if self._live is None:
            self._live = Live(console=self._console, transient=True, get_renderable=self.table)
            self._live.start()

    def table(self) -> Table:
        """The components with what was done in each, for a terminal."""
        shown = Table.grid(padding=(0, 2))
        for name, component in self.components.items():
            mark = "[green]done[/]" if component.done >= component.begun else "..."
            mark = f"[red]{component.failed} failed[/]" if component.failed else mark
            shown.add_row("", name, f"{component.done} of {component.begun}", mark, f"{component.seconds:.0f} s")
        shown.add_row("", "[dim]since the start[/]", "", "", f"[dim]{self.seconds:.0f} s[/]")
        return shown

    @property
    def seconds(self) -> float:
        """Since the operation began."""
        return time.monotonic() - self._started


def times(components: Mapping[str, Component]) -> Table:
    """What was done in each component, and how long it took: the end of an operation."""
    shown = Table("component", "changes", "seconds", title="Changes by component", title_justify="left")
    for name, component in components.items():
        changes = ", ".join(f"{count} {VERBS.get(kind, kind)}" for kind, count in sorted(component.operations.items()))
        shown.add_row(name, changes, f"{component.seconds:.0f}")
    return shown


def component_of(urn: str) -> str:
    """The outermost component of the program that a resource belongs to, in words, such as `vpn bastion`."""
    for kind in urn.split("::")[2].split("$"):
        if kind.startswith("palisade:"):
            return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.rpartition(":")[2]).lower()
    return OTHERS


def _is_quiet(metadata: Any) -> bool:
    return _operation(metadata) in QUIET or metadata.type == "pulumi:pulumi:Stack"


def _operation(metadata: Any) -> str:
    return getattr(metadata.op, "value", str(metadata.op))


def _name(urn: str | None) -> str:
    return (urn or "").rpartition("::")[2]


def _first_line(text: str) -> str:
    lines = COLOUR.sub("", text).strip().splitlines()
    return lines[0] if lines else ""
