"""The sandbox's folder: its records, and the lock that serializes commands."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from sandbox.engine.errors import SandboxError
from sandbox.engine.processes import RECORD, Service

CHOICES: Final = ("plugins", "stacks")
"""Options of the command line whose values a sandbox keeps until it is removed, each in a file of that name."""


class State:
    """A sandbox's folder.

    Args:
        folder: where everything of one sandbox lives; `.sandbox` in the project by default.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        # Services are started in parallel; an overwritten record would leave a process running.
        self._recording = threading.Lock()

    @property
    def _file(self) -> Path:
        return self.folder / RECORD

    @property
    def logs(self) -> Path:
        """Folder of the services' logs."""
        return self.folder / "logs"

    @property
    def faults(self) -> Path:
        """Folder in which the plugins read the plan of faults and delays."""
        return self.folder / "faults"

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig that the stack exports, as on AWS: its user authenticates with their own token."""
        return self.folder / "kubeconfig"

    @property
    def admin_kubeconfig(self) -> Path:
        """An administrator's, with a certificate; for the sandbox's own set-up and for tests."""
        return self.folder / "admin.kubeconfig"

    @property
    def exists(self) -> bool:
        """Whether the sandbox exists."""
        return self.folder.exists()

    def choose(self, option: str, choice: str | None, default: str, because: str) -> str:
        """The sandbox's value of an option of CHOICES, fixed on first use.

        Args:
            option: one of CHOICES.
            choice: the value on the command line; None: the fixed one, at first `default`.
            default: the value without a choice.
            because: why another value is refused, for the error.

        Raises:
            SandboxError: the sandbox was made with another value.
        """
        record = self.folder / option
        chosen = record.read_text() if record.exists() else None
        if choice and chosen and choice != chosen:
            raise SandboxError(
                f"this sandbox was made with --{option} {chosen}, and {because}; remove it with `down` first,"
                " or use another folder with --dir"
            )
        if chosen is None:
            chosen = choice or default
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            record.write_text(chosen)
        return chosen

    def services(self) -> dict[str, Service]:
        """What was started, by name; a record that cannot be read is a half-made sandbox and counts as none."""
        try:
            recorded = json.loads(self._file.read_text())
            return {name: Service(**service) for name, service in recorded.items()}
        except (FileNotFoundError, json.JSONDecodeError, TypeError):
            return {}

    def record(self, service: Service) -> None:
        """Record a service atomically: a crash must not lose a process."""
        with self._recording:
            services = {**self.services(), service.name: service}
            scratch = self._file.with_suffix(".new")
            scratch.write_text(
                json.dumps({name: dataclasses.asdict(entry) for name, entry in services.items()}, indent=2)
            )
            scratch.replace(self._file)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the sandbox against other commands.

        Raises:
            SandboxError: another command is at work in this folder.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Beside the folder, so that `down` can remove the folder while it holds the lock.
        path = self.folder.with_name(self.folder.name + ".lock")
        with path.open("a+") as handle:
            if not _taken(handle, path):
                handle.seek(0)
                raise SandboxError(
                    f"another command (process {handle.read().strip() or 'unknown'}) is at work on {self.folder};"
                    " wait for it, or use another folder with --dir"
                )
            handle.truncate(0)
            handle.write(str(os.getpid()))
            handle.flush()
            try:
                yield
            finally:
                path.unlink(missing_ok=True)


def _taken(handle: IO[str], path: Path) -> bool:
    """Try to take the lock."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The previous holder may have removed the file; a lock on a removed file locks nothing.
        return os.path.samestat(path.stat(), os.fstat(handle.fileno()))
    except (BlockingIOError, FileNotFoundError):
        return False
