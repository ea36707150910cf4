"""OpenVPN's management interface: who is connected, and ending what they have (VPN-MFA)."""

from __future__ import annotations

import socket
from collections.abc import Collection
from pathlib import Path

TIMEOUT_SECONDS = 5
NOBODY_YET = "UNDEF"
"""Name of a session whose handshake is not over; it ends by itself."""


class Management:
    """One conversation with the running server.

    Raises:
        OSError: the server cannot be reached, or stops answering.
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
        """Lines up to the end of an answer, without what the server says of its own accord (">...")."""
        lines: list[str] = []
        for line in self._lines:
            text = line.rstrip("\r\n")
            if text == "END" or text.startswith(("SUCCESS:", "ERROR:")):
                return [*lines, text]
            if not text.startswith(">"):
                lines.append(text)
        raise OSError("OpenVPN ended the conversation")

    def sessions(self) -> dict[str, str]:
        """Client number to certificate name, of every session."""
        self._say("status 3")
        names, number, found = -1, -1, {}
        for line in self._answers():
            kind, *fields = line.split("\t")
            if kind == "HEADER" and fields[0] == "CLIENT_LIST":
                # The header counts itself: its first field is the kind.
                names, number = fields.index("Common Name") - 1, fields.index("Client ID") - 1
            elif kind == "CLIENT_LIST":
                found[fields[number]] = fields[names]
        return found

    def end(self, client: str) -> None:
        """End a session; the client is told to stop, not to try again."""
        self._say(f"client-kill {client} HALT")
        answer = self._answers()[-1]
        if not answer.startswith("SUCCESS:"):
            raise OSError(f"OpenVPN did not end session {client}: {answer}")


def end_sessions(path: Path, allowed: Collection[str]) -> list[str]:
    """End the sessions of everybody else; returns whose they were.

    Raises:
        OSError: the server could not be asked.
    """
    with Management(path) as server:
        gone = {
            number: name for number, name in server.sessions().items() if name not in allowed and name != NOBODY_YET
        }
        for number in gone:
            server.end(number)
    return sorted(gone.values())
