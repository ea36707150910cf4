"""What a person sees while the engine works: a line for each thing that is done, and what went wrong."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from pulumi.automation.events import EngineEvent
from rich.console import Console

from sandbox.engine.stack import FROM_PATH

VERBS = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "create-replacement": "created anew",
    "delete-replaced": "deleted the old",
    "refresh": "",
    "read": "read",
}
QUIET = ("same", "refresh")


class Progress:
    """Follows one operation of the engine.

    Args:
        console: where lines go.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()
        self.changes: Counter[str] = Counter()
        self.policies: dict[str, str] = {}

    def __call__(self, event: EngineEvent) -> None:
        """Takes an event of the engine."""
        if event.res_outputs_event:
            self._done(event.res_outputs_event.metadata)
        elif event.summary_event:
            packs = event.summary_event.policy_packs or {}
            self.policies = {name.partition("|")[0]: version for name, version in packs.items()}
        elif event.policy_event and event.policy_event.enforcement_level != "mandatory":
            self._console.print(
                f"  [yellow]{event.policy_event.policy_name}[/] {_first_line(event.policy_event.message)}"
            )
        elif (
            event.diagnostic_event
            and event.diagnostic_event.severity == "warning"
            and FROM_PATH not in event.diagnostic_event.message
        ):
            self._console.print(f"  [yellow]warning[/] {_first_line(event.diagnostic_event.message)}")

    def _done(self, metadata: Any) -> None:
        operation = getattr(metadata.op, "value", str(metadata.op))
        if operation in QUIET or metadata.type == "pulumi:pulumi:Stack":
            return
        self.changes[operation] += 1
        kind, name = metadata.type.rpartition(":")[2], metadata.urn.rpartition("::")[2]
        self._console.print(
            f"  [dim]{self.seconds:5.0f} s[/]  {VERBS.get(operation, operation)} {kind} [bold]{name}[/]"
        )

    @property
    def seconds(self) -> float:
        """Since the operation began."""
        return time.monotonic() - self._started


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else ""
