"""Second factors: a code of the person's own device (RFC 6238), or Duo. Anything but a clear yes is a no (VPN-MFA)."""

import base64
import fcntl
import hashlib
import hmac
import json
import os
import re
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .access import Member, Refused
from .config import Config, Duo

STEP_SECONDS = 30
DIGITS = 6
SKEW_STEPS = 1
"""Codes of the step before and after are taken, for clocks that are a little off."""
TRIES = 5
"""Failed tries in a row before the next are refused unseen for a while, and again after as many more."""
FIRST_PAUSE, LONGEST_PAUSE = 300, 86400
"""Seconds. Each pause is twice the one before it: guessing six digits stays hopeless, also for who has months."""
PASSWORD = re.compile(r"(?P<word>push|auto|phone)|(?:passcode:)?(?P<code>[0-9]{6,8})")


class Unavailable(Refused):
    """The factor could not be checked; refused all the same, and raises an alarm."""


class Guessing(Refused):
    """Many wrong factors in a row, which start a pause. The client has the certificate: raises an alarm."""


@dataclass(frozen=True)
class Answer:
    """The content of the password field."""

    factor: str
    """push, auto, phone or passcode."""
    code: str


def answer(password: str) -> Answer:
    """Read the password field.

    Raises:
        Refused: it has none of the allowed forms.
    """
    found = PASSWORD.fullmatch(password)
    if not found:
        raise Refused("the password is neither push, auto, phone nor a code")
    return Answer(factor=found["word"] or "passcode", code=found["code"] or "")


@contextmanager
def remembered(folder: Path, member: Member) -> Iterator[dict[str, Any]]:
    """The record of a person's tries, locked, and saved however the block ends.

    Raises:
        Refused: the record cannot be read or written; without it a replay would go unnoticed.
    """
    file = folder / f"{member.name}.json"
    try:
        lock = open(file.with_suffix(".lock"), "a", encoding="ascii")  # noqa: SIM115 - closed below
    except OSError:
        raise Refused("the memory of tries cannot be opened") from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        memory = _recall(file, member)
        try:
            yield memory
        finally:
            _keep(file, memory)


def _recall(file: Path, member: Member) -> dict[str, Any]:
    memory: dict[str, Any] = {"proof": member.proof, "failed": 0, "until": 0.0, "step": 0, "session": ""}
    try:
        kept = json.loads(file.read_text())
        kept = {name: type(default)(kept[name]) for name, default in memory.items()}
    except FileNotFoundError:
        return memory
    except (OSError, ValueError, KeyError, TypeError):
        raise Refused("the memory of tries is damaged") from None
    # Failures and successes belong to the certificate or device replaced since; used codes stay used.
    return kept if kept["proof"] == member.proof else memory | {"step": kept["step"]}


def _keep(file: Path, memory: dict[str, Any]) -> None:
    # Atomically: a crash halfway would leave an empty record, which knows no used code.
    fresh = file.with_suffix(".new")
    try:
        with fresh.open("w", encoding="ascii") as output:
            json.dump(memory, output)
            output.flush()
            os.fsync(output.fileno())
        fresh.rename(file)
    except OSError:
        raise Refused("the memory of tries cannot be written") from None


def count_try(memory: dict[str, Any], clock: float) -> None:
    """Count a try before it is checked.

    Raises:
        Refused: too many tries.
    """
    # No pause exceeds the longest pause, so that a clock that was once wrong locks out nobody forever.
    if clock < memory["until"] <= clock + LONGEST_PAUSE:
        raise Refused(f"too many tries; wait {(memory['until'] - clock) / 60:.0f} minutes")
    memory["failed"] += 1
    rows, rest = divmod(memory["failed"], TRIES)
    if not rest:
        memory["until"] = clock + min(FIRST_PAUSE * 2 ** min(rows - 1, 10), LONGEST_PAUSE)


def refusal(memory: dict[str, Any], reason: str) -> Refused:
    """A refusal of a factor that was checked."""
    return Refused(reason) if memory["failed"] % TRIES else Guessing(reason)


def accept(memory: dict[str, Any], session: str) -> None:
    """Record a right factor: failures are cleared, and its session needs no further factor."""
    memory.update(failed=0, until=0.0, session=session)


def check_session(config: Config, member: Member, session: str) -> None:
    """Accept the token of the session that the last right factor started.

    Raises:
        Refused: another factor or certificate is valid since. OpenVPN's tokens cover neither.
    """
    with remembered(config.attempts, member) as memory:
        if not session or session != memory["session"]:
            raise Refused("the session is not the one of the last factor")


def code_of(seed: str, step: int) -> str:
    """The code of a step."""
    digest = hmac.new(base64.b32decode(seed + "=" * (-len(seed) % 8)), struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    return f"{(struct.unpack_from('>I', digest, offset)[0] & 0x7FFFFFFF) % 10**DIGITS:0{DIGITS}}"


def check_totp(config: Config, member: Member, given: Answer, session: str, clock: float | None = None) -> None:
    """Accept a code once, for a session.

    Raises:
        Refused: wrong, used before, too many tries, or nothing to compare with.
    """
    clock = time.time() if clock is None else clock
    with remembered(config.attempts, member) as memory:
        count_try(memory, clock)
        if given.factor != "passcode":
            raise refusal(memory, f"{given.factor} is not a factor here; type the six digits")
        if not member.totp:
            raise refusal(memory, "no device is enrolled")
        current = int(clock) // STEP_SECONDS
        # All steps are compared, so that the duration reveals nothing.
        fitting = [
            step
            for step in range(current - SKEW_STEPS, current + SKEW_STEPS + 1)
            if hmac.compare_digest(code_of(member.totp, step), given.code)
        ]
        if not fitting:
            raise refusal(memory, "the code is wrong")
        if max(fitting) <= memory["step"]:
            raise refusal(memory, "the code was used before")
        memory["step"] = max(fitting)
        accept(memory, session)


def check_duo(config: Config, member: Member, given: Answer, session: str, source: str) -> None:
    """Ask Duo about the certificate's owner, who starts a session from an address.

    Raises:
        Refused: the person, or Duo on their behalf, denied access.
        Unavailable: Duo cannot be reached, refuses our keys, or returns an invalid answer.
    """
    with remembered(config.attempts, member) as memory:
        count_try(memory, time.time())
    if config.duo is None:
        raise Unavailable("Duo is not configured")
    try:
        client = _duo_client(config.duo, config.duo_key.read_text().strip(), config.mfa_seconds)
        standing = client.preauth(username=member.name, ipaddr=source)["result"]
        if standing == "auth":
            # A passcode needs no device; other methods use the person's first device.
            how = {"passcode": given.code} if given.factor == "passcode" else {"device": "auto"}
            standing = client.auth(factor=given.factor, username=member.name, ipaddr=source, **how)["result"]
            if standing == "allow":
                with remembered(config.attempts, member) as memory:
                    accept(memory, session)
                return
        elif standing == "allow":
            standing = "bypass"  # Duo would let them in without a factor; this VPN requires a factor.
    except Refused:
        raise
    except Exception as fault:  # noqa: BLE001 - whatever goes wrong is a refusal, and its kind is worth knowing
        raise Unavailable(
            f"Duo cannot be asked: {type(fault).__name__} {getattr(fault, 'status', '')}".strip()
        ) from None
    raise refusal(memory, f"Duo says {standing!r:.40}")


def _duo_client(duo: Duo, secret: str, seconds: int) -> Any:
    import duo_client  # noqa: PLC0415  # pyright: ignore[reportMissingImports] - of Ubuntu, and for this factor only

    return duo_client.Auth(
        ikey=duo.integration_key, skey=secret, host=duo.host, port=duo.port, ca_certs=duo.ca, timeout=seconds
    )
