"""Injected faults and delays of creations, for the reliability tests and the benchmarks.

A plan is in the sandbox's folder (`Plan.write`); the plugins read it when the engine starts them. Without a plan
nothing is injected. Each resource in the plan fails once, at its first creation, as the real providers can fail:

- before anything exists: throttling (when the SDK's own retries have run out), access denied, a service's error;
- after it exists and its ID is known: reading it back finds nothing, or waiting for it times out. The real providers
  then return the ID with the error, so the engine records the resource and the next `up` reads it again; so do these;
- `lost`, in no plan by default: the service created it and the response was lost. No ID is known, so it cannot be
  recorded; docs/recovery.md describes the recovery.
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
    """An injected failure, in the wording of the service."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The injected faults and delays.

    Args:
        kinds: kinds of faults, assigned by the hash of each URN.
        urns: the resources that fail; None: all.
        seconds: type token -> duration of a creation in AWS.
        scale: multiplier of `seconds`.
    """

    kinds: tuple[str, ...] = ()
    urns: tuple[str, ...] | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    scale: float = 1.0

    def write(self, folder: Path) -> None:
        """Make it the plan of the sandbox with this faults folder."""
        (folder / FAILED).mkdir(parents=True, exist_ok=True)
        (folder / PLAN).write_text(json.dumps(dataclasses.asdict(self)))

    def kind(self, urn: str, type_: str) -> str | None:
        """The failure of this resource's first creation; None if it does not fail."""
        if not self.kinds or (self.urns is not None and urn not in self.urns):
            return None
        kinds = [kind for kind in self.kinds if kind in BEFORE] if type_.startswith(LOCAL) else self.kinds
        return kinds[int(_digest(urn), 16) % len(kinds)] if kinds else None


def _digest(urn: str) -> str:
    return hashlib.sha256(urn.encode()).hexdigest()[:16]


class Faults:
    """The plan, and the resources that have failed; a folder without a plan has no faults."""

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
        """The plan of the sandbox that started this plugin."""
        return cls(Path(os.environ.get(VARIABLE, os.devnull)))

    def before(self, urn: str, type_: str) -> None:
        """Call before the creation.

        Raises:
            Fault: the creation fails here.
        """
        kind = self.plan.kind(urn, type_)
        if kind and kind in BEFORE and self._first(urn, type_, kind):
            raise Fault(BEFORE[kind])
        if seconds := self.plan.seconds.get(type_):
            time.sleep(seconds * self.plan.scale)

    def after(self, urn: str, type_: str) -> None:
        """Call after the creation, when the ID is known, before it is read back.

        Raises:
            Fault: reading back, or waiting, fails.
        """
        kind = self.plan.kind(urn, type_)
        if kind and kind in AFTER and self._first(urn, type_, kind):
            raise Fault(AFTER[kind])

    def answered(self, urn: str, type_: str) -> None:
        """Call when the provider is done, before the engine gets the response.

        Raises:
            Fault: the response is lost.
        """
        if self.plan.kind(urn, type_) == LOST and self._first(urn, type_, LOST):
            raise Fault(LOST_WORDS)

    def _first(self, urn: str, type_: str, kind: str) -> bool:
        """Whether this is the resource's first creation, which is then recorded."""
        try:
            with (self._folder / FAILED / _digest(urn)).open("x") as note:
                json.dump({"urn": urn, "type": type_, "kind": kind}, note)
        except FileExistsError:
            return False
        return True


NONE = Faults(Path(os.devnull))


def failed(folder: Path) -> Sequence[Mapping[str, str]]:
    """All resources with an injected failure: urn, type, kind."""
    notes = folder / FAILED
    return [json.loads(path.read_text()) for path in sorted(notes.iterdir())] if notes.exists() else []
