"""What OpenVPN's management interface answers, and what must not be taken for "nobody is connected" (VPN-MFA)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from components.bastion.agent.management import end_sessions

HEADER = "HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tVirtual Address\tClient ID"
ADA, GRACE = "CLIENT_LIST\tada\t203.0.113.9\t10.41.0.2\t0", "CLIENT_LIST\tgrace\t203.0.113.8\t10.41.0.3\t1"
SHAKING = "CLIENT_LIST\tUNDEF\t203.0.113.7\t\t2"
KILLED, UNKNOWN = "SUCCESS: client-kill command succeeded", "ERROR: client-kill command failed"
Answers = Mapping[str, list[str]]
Serve = Callable[[Answers], tuple[Path, list[str]]]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """A socket that gives each command its answers in turn; returns its path, and what it was told."""
    opened: list[socket.socket] = []

    def start(answers: Answers) -> tuple[Path, list[str]]:
        path, told = tmp_path / "socket", list[str]()
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(path))
        listening.listen()
        opened.append(listening)
        left = {command: list(texts) for command, texts in answers.items()}

        def talk() -> None:
            connection, _ = listening.accept()
            with connection, connection.makefile("rw") as lines:
                lines.write(">INFO:OpenVPN Management Interface Version 5\n")
                for line in lines:
                    told.append(line.strip())
                    texts = left.get(line.strip())
                    if not texts:
                        return
                    lines.write(texts.pop(0) + "\n")
                    lines.flush()

        threading.Thread(target=talk, daemon=True).start()
        return path, told

    yield start
    for one in opened:
        one.close()


def listed(*lines: str) -> str:
    return "\n".join(["TITLE\tOpenVPN", HEADER, ">CLIENT:ESTABLISHED,1", *lines, "END"])


def test_only_those_who_may_stay_do(serve: Serve) -> None:
    path, told = serve({"status 3": [listed(ADA, GRACE, SHAKING)], "client-kill 1 HALT": [KILLED]})
    assert end_sessions(path, {"ada"}, unfinished=False) == ["grace"]
    assert told == ["status 3", "client-kill 1 HALT"]


def test_when_somebody_left_handshakes_begin_again(serve: Serve) -> None:
    kills = {"client-kill 1 HALT": [KILLED], "client-kill 2 RESTART": [KILLED]}
    path, told = serve({"status 3": [listed(ADA, GRACE, SHAKING)], **kills})
    assert end_sessions(path, {"ada"}, unfinished=True) == ["grace"]
    assert told[1:] == list(kills)


@pytest.mark.parametrize(
    "answer",
    [
        "ERROR: unknown command",
        "END",
        "\n".join([ADA, "END"]),
        "\n".join(["HEADER\tCLIENT_LIST\tName\tID", ADA, "END"]),
        listed("CLIENT_LIST\tada"),
        "SUCCESS: nothing to see",
    ],
)
def test_an_answer_that_is_no_list_is_not_an_empty_list(serve: Serve, answer: str) -> None:
    path, _ = serve({"status 3": [answer]})
    with pytest.raises(OSError, match="cannot be understood"):
        end_sessions(path, {"ada"}, unfinished=False)


def test_a_conversation_that_ends_is_no_list_either(serve: Serve) -> None:
    path, _ = serve({})
    with pytest.raises(OSError, match="ended the conversation"):
        end_sessions(path, set(), unfinished=False)


def test_one_who_left_meanwhile_keeps_nobody_elses_session(serve: Serve) -> None:
    kills = {"client-kill 0 HALT": [UNKNOWN], "client-kill 1 HALT": [KILLED]}
    path, told = serve({"status 3": [listed(ADA, GRACE), listed(GRACE)], **kills})
    assert end_sessions(path, set(), unfinished=False) == ["ada", "grace"]
    assert told.count("client-kill 1 HALT") == 1


def test_a_session_that_does_not_end_is_told(serve: Serve) -> None:
    path, _ = serve({"status 3": [listed(ADA), listed(ADA)], "client-kill 0 HALT": [UNKNOWN]})
    with pytest.raises(OSError, match="did not end 1 sessions"):
        end_sessions(path, set(), unfinished=False)
