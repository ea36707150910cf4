"""A person's OpenVPN client, with their profile."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

from tests.daemons.namespaces import Machine, end, wait_until

CONNECTED = "Initialization Sequence Completed"
AUTH_FAILED = "AUTH_FAILED"
_numbers = itertools.count()


class Session:
    """A running client. As a context it ends with the block."""

    def __init__(self, machine: Machine, folder: Path, profile: str, *, user: str, password: str) -> None:
        self.machine, number = machine, next(_numbers)
        self.device = f"tun{number}"
        self._log = folder / f"client-{number}.log"
        configuration, credentials = folder / f"client-{number}.ovpn", folder / f"client-{number}.txt"
        configuration.write_text(profile)
        credentials.write_text(f"{user}\n{password}\n")
        credentials.chmod(0o600)
        command = ["openvpn", "--cd", str(folder), "--config", configuration.name, "--dev", self.device]
        # A person would be asked; and would not try for ever.
        command += ["--auth-user-pass", credentials.name, "--auth-retry", "none", "--connect-retry-max", "1"]
        self.process = machine.start(command, log=self._log)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        end(self.process)

    def log(self) -> str:
        """What the client said."""
        return self._log.read_text(errors="replace")

    def connected(self, seconds: float = 20) -> Session:
        """Wait until the tunnel is there."""
        wait_until("the client connects", lambda: self._ended() or CONNECTED in self.log(), seconds, self.log)
        assert CONNECTED in self.log(), self.log()
        return self

    def refused(self, seconds: float = 20) -> str:
        """Wait until the server refuses the factor; the client's log."""
        wait_until("the client is told no", lambda: self._ended() or AUTH_FAILED in self.log(), seconds, self.log)
        assert AUTH_FAILED in self.log(), self.log()
        assert CONNECTED not in self.log()
        return self.log()

    def gone(self, seconds: float = 20) -> None:
        """Wait until the client gave up."""
        wait_until("the client ends", self._ended, seconds, self.log)

    def _ended(self) -> bool:
        return self.process.poll() is not None

    def routes(self) -> set[str]:
        """What goes through the tunnel."""
        shown = self.machine.run("ip", "-j", "route", "show", "dev", self.device).stdout
        return {str(route["dst"]) for route in json.loads(shown)}
