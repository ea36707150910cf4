"""OpenVPN's management interface: list and end sessions (VPN-MFA)."""

from __future__ import annotations

import socket
from collections.abc import Collection
from pathlib import Path

TIMEOUT_SECONDS = 5
NOBODY_YET = "UNDEF"
"""Name of a session whose handshake is not over."""
STOP, BEGIN_AGAIN = "HALT", "RESTART"
"""What a client is told: not to try again, or to."""


class Management:
    """A connection to the running server.

    Raises:
        OSError: the server cannot be reached, or stops responding.
    """

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(TIMEOUT_SECONDS)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("r", encoding="utf-8", errors="replace")

    def __enter__(self) -> Management:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._socket.close()

    def _say(self, command: str) -> None:
        self._socket.sendall(f"{command}\n".encode())

    def _answers(self) -> list[str]:
        """Read lines up to the end of an answer, without the server's real-time messages (">...")."""
        lines: list[str] = []
        for line in self._lines:
            text = line.rstrip("\r\n")
            if text == "END" or text.startswith(("SUCCESS:", "ERROR:")):
                return [*lines, text]
            if not text.startswith(">"):
                lines.append(text)
        raise OSError("OpenVPN ended the conversation")

    def sessions(self) -> dict[str, str]:
        """Client number to certificate name, of every session.

        Raises:
            OSError: the answer cannot be parsed; it must not pass for an empty list.
        """
        self._say("status 3")
        lines = [line.split("\t") for line in self._answers()]
        try:
            (header,) = [fields for kind, *fields in lines if kind == "HEADER" and fields[:1] == ["CLIENT_LIST"]]
            # The header includes itself: its first field is the kind.
            name, number = header.index("Common Name") - 1, header.index("Client ID") - 1
            return {fields[number]: fields[name] for kind, *fields in lines if kind == "CLIENT_LIST"}
        except (ValueError, IndexError):
            raise OSError("OpenVPN's list of sessions cannot be understood") from None

    def end(self, client: str, told: str) -> bool:
        """End a session, and tell the client what to do; False if OpenVPN did not."""
        self._say(f"client-kill {client} {told}")
        return self._answers()[-1].startswith("SUCCESS:")


def end_sessions(path: Path, allowed: Collection[str], *, unfinished: bool) -> list[str]:
    """End all other sessions; return the names they belonged to.

    Args:
        path: the management interface's socket.
        allowed: names whose sessions continue.
        unfinished: also end handshakes, since they may have passed a check that would now fail.

    Raises:
        OSError: the server did not answer, or a session continues.
    """
    with Management(path) as server:
        gone = {number: name for number, name in server.sessions().items() if name not in allowed}
        if not unfinished:
            gone = {number: name for number, name in gone.items() if name != NOBODY_YET}
        failed = [
            number
            for number, name in gone.items()
            if not server.end(number, BEGIN_AGAIN if name == NOBODY_YET else STOP)
        ]
        # Some may have ended on their own meanwhile.
        if failed and (left := [number for number in failed if number in server.sessions()]):
            raise OSError(f"OpenVPN did not end {len(left)} sessions")
    return sorted(name for name in gone.values() if name != NOBODY_YET)
