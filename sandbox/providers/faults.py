"""Faults and delays that the plugins put into creations, for the reliability tests and the benchmarks.

A plan lies in the sandbox's folder (`Plan.write`); the plugins read it when the engine starts them. Without one nothing
happens. Each resource that the plan names fails once, at its first creation, in one of the ways in which the real
providers fail:

- before anything exists: throttling (when the SDK's own retries have run out), access denied, a service's error;
- after it exists and its ID is known: it is not found when it is read back, or is waited for longer than allowed. The
  real providers then hand the ID over with the error, so the engine records the resource and the next `up` looks at it
  again, and so do these;
- `lost`, in no plan by default: the service made it and the answer never came. No ID is known, so nobody can record it;
  docs/recovery.md says what to do.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

VARIABLE = "PALISADE_SANDBOX_FAULTS"
"""Names the folder of the plan, in the plugins' environment."""
PLAN, FAILED = "plan.json", "failed"
BEFORE: Mapping[str, str] = {
    "throttling": "ThrottlingException: Rate exceeded (put in by the sandbox; 25 attempts)",
    "access-denied": "AccessDeniedException: not authorized to perform this operation (put in by the sandbox)",
    "service-error": "InternalFailure: the service failed (put in by the sandbox)",
}
AFTER: Mapping[str, str] = {
    "not-found": "ResourceNotFoundException: not found right after it was made (put in by the sandbox)",
    "timeout": "timeout while waiting for it to become ready, last state CREATING (put in by the sandbox)",
}
LOST = "lost"
LOST_WORDS = "RequestError: send request failed, connection reset by peer (put in by the sandbox)"
LOCAL = ("random:", "tls:")
"""Packages whose resources are values in the state: nothing outside can be found late, waited for or lost."""


class Fault(Exception):
    """An injected failure, in the words of the service."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is put in.

    Args:
        kinds: kinds of faults, given out by the hash of each URN.
        urns: the resources that fail; None: every one.
        seconds: type token -> how long AWS takes to make one.
        scale: what `seconds` are multiplied with.
    """

    kinds: tuple[str, ...] = ()
    urns: tuple[str, ...] | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    scale: float = 1.0

    def write(self, folder: Path) -> None:
        """Makes it the plan of the sandbox whose faults' folder this is."""
        (folder / FAILED).mkdir(parents=True, exist_ok=True)
        (folder / PLAN).write_text(json.dumps(dataclasses.asdict(self)))

    def kind(self, urn: str, type_: str) -> str | None:
        """How this resource's first creation fails; None where it does not."""
        if not self.kinds or (self.urns is not None and urn not in self.urns):
            return None
        kinds = [kind for kind in self.kinds if kind in BEFORE] if type_.startswith(LOCAL) else self.kinds
        return kinds[int(_digest(urn), 16) % len(kinds)] if kinds else None


def _digest(urn: str) -> str:
    return hashlib.sha256(urn.encode()).hexdigest()[:16]


class Faults:
    """The plan, and who failed already; a folder without a plan is one without faults."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            told = json.loads((folder / PLAN).read_text())
        except (FileNotFoundError, NotADirectoryError):
            told = {}
        self.plan = Plan(
            kinds=tuple(told.get("kinds", ())),
            urns=None if told.get("urns") is None else tuple(told["urns"]),
            seconds=told.get("seconds", {}),
            scale=told.get("scale", 1.0),
        )

    @classmethod
    def of_environment(cls) -> Faults:
        """As the sandbox that started this plugin wants it."""
        return cls(Path(os.environ.get(VARIABLE, os.devnull)))

    def before(self, urn: str, type_: str) -> None:
        """To be called before anything is made.

        Raises:
            Fault: the creation fails here.
        """
        kind = self.plan.kind(urn, type_)
        if kind and kind in BEFORE and self._first(urn, type_, kind):
            raise Fault(BEFORE[kind])
        if seconds := self.plan.seconds.get(type_):
            time.sleep(seconds * self.plan.scale)

    def after(self, urn: str, type_: str) -> None:
        """To be called when it is made and its ID is known, before it is read back.

        Raises:
            Fault: reading back, or waiting, fails.
        """
        kind = self.plan.kind(urn, type_)
        if kind and kind in AFTER and self._first(urn, type_, kind):
            raise Fault(AFTER[kind])

    def answered(self, urn: str, type_: str) -> None:
        """To be called when the provider is done, before the engine hears of it.

        Raises:
            Fault: it never does.
        """
        if self.plan.kind(urn, type_) == LOST and self._first(urn, type_, LOST):
            raise Fault(LOST_WORDS)

    def _first(self, urn: str, type_: str, kind: str) -> bool:
        """Whether this is the resource's first creation, which is then noted."""
        try:
            with (self._folder / FAILED / _digest(urn)).open("x") as note:
                json.dump({"urn": urn, "type": type_, "kind": kind}, note)
        except FileExistsError:
            return False
        return True


NONE = Faults(Path(os.devnull))


def failed(folder: Path) -> Sequence[Mapping[str, str]]:
    """Every resource that was made to fail: urn, type, kind."""
    notes = folder / FAILED
    return [json.loads(path.read_text()) for path in sorted(notes.iterdir())] if notes.exists() else []
