"""Second factors: a code of one's own device (RFC 6238), or Duo. Whatever is not a clear yes is a no (VPN-MFA)."""

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
TRIES, TRIES_SECONDS = 5, 300
"""Tries within so many seconds before the next are refused unseen: guessing six digits stays hopeless."""
PASSWORD = re.compile(r"(?P<word>push|auto|phone)|(?:passcode:)?(?P<code>[0-9]{6,8})")


class Unavailable(Refused):
    """The factor could not be asked; refused all the same, and worth an alarm."""


@dataclass(frozen=True)
class Answer:
    """What a person typed as password."""

    factor: str
    """push, auto, phone or passcode."""
    code: str


def answer(password: str) -> Answer:
    """Read the password field.

    Raises:
        Refused: it is none of the forms that are allowed.
    """
    found = PASSWORD.fullmatch(password)
    if not found:
        raise Refused("the password is neither push, auto, phone nor a code")
    return Answer(factor=found["word"] or "passcode", code=found["code"] or "")


@contextmanager
def remembered(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """What is known of a person's tries, locked, and kept however the block ends.

    Raises:
        Refused: the memory cannot be read or written; without it a replay would go unseen.
    """
    try:
        handle = os.open(folder / f"{name}.json", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        raise Refused("the memory of tries cannot be opened") from None
    with os.fdopen(handle, "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            memory: dict[str, Any] = {"tries": [], "step": 0} | json.loads(file.read() or "{}")
            memory["tries"] = [float(at) for at in memory["tries"]]
            memory["step"] = int(memory["step"])
        except (ValueError, TypeError):
            raise Refused("the memory of tries is damaged") from None
        try:
            yield memory
        finally:
            file.seek(0)
            file.truncate()
            json.dump(memory, file)


def count_try(memory: dict[str, Any], clock: float) -> None:
    """Count a try before it is judged.

    Raises:
        Refused: there were too many.
    """
    memory["tries"] = [at for at in memory["tries"] if 0 <= clock - at < TRIES_SECONDS]
    if len(memory["tries"]) >= TRIES:
        raise Refused("too many tries; wait five minutes")
    memory["tries"].append(clock)


def code_of(seed: str, step: int) -> str:
    """The code of a step."""
    digest = hmac.new(base64.b32decode(seed + "=" * (-len(seed) % 8)), struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    return f"{(struct.unpack_from('>I', digest, offset)[0] & 0x7FFFFFFF) % 10**DIGITS:0{DIGITS}}"


def check_totp(config: Config, member: Member, given: Answer, clock: float | None = None) -> None:
    """Accept a code once.

    Raises:
        Refused: wrong, used before, too many tries, or nothing to compare with.
    """
    clock = time.time() if clock is None else clock
    with remembered(config.attempts, member.name) as memory:
        count_try(memory, clock)
        if given.factor != "passcode":
            raise Refused(f"{given.factor} is not a factor here; type the six digits")
        if not member.totp:
            raise Refused("no device is enrolled")
        current = int(clock) // STEP_SECONDS
        # All steps are compared, so that the time taken says nothing.
        fitting = [
            step
            for step in range(current - SKEW_STEPS, current + SKEW_STEPS + 1)
            if hmac.compare_digest(code_of(member.totp, step), given.code)
        ]
        if not fitting:
            raise Refused("the code is wrong")
        if max(fitting) <= memory["step"]:
            raise Refused("the code was used before")
        memory.update(step=max(fitting), tries=[])


def check_duo(config: Config, member: Member, given: Answer, source: str) -> None:
    """Ask Duo about the certificate's owner.

    Raises:
        Refused: the person, or Duo on their behalf, said no.
        Unavailable: Duo cannot be asked, refuses our keys, or answers nonsense.
    """
    with remembered(config.attempts, member.name) as memory:
        count_try(memory, time.time())
    if config.duo is None:
        raise Unavailable("Duo is not configured")
    try:
        client = _duo_client(config.duo, config.duo_key.read_text().strip(), config.mfa_seconds)
        standing = client.preauth(username=member.name, ipaddr=source)["result"]
        if standing == "auth":
            # A passcode names no device; everything else goes to the person's first one.
            how = {"passcode": given.code} if given.factor == "passcode" else {"device": "auto"}
            standing = client.auth(factor=given.factor, username=member.name, ipaddr=source, **how)["result"]
            if standing == "allow":
                with remembered(config.attempts, member.name) as memory:
                    memory["tries"] = []
                return
        elif standing == "allow":
            standing = "bypass"  # Duo would let them in without a factor; this VPN asks for one.
    except Refused:
        raise
    except Exception as fault:  # noqa: BLE001 - whatever goes wrong is a refusal, and its kind is worth knowing
        raise Unavailable(
            f"Duo cannot be asked: {type(fault).__name__} {getattr(fault, 'status', '')}".strip()
        ) from None
    raise Refused(f"Duo says {standing!r:.40}")


def _duo_client(duo: Duo, secret: str, seconds: int) -> Any:
    import duo_client  # noqa: PLC0415  # pyright: ignore[reportMissingImports] - of Ubuntu, and for this factor only

    return duo_client.Auth(
        ikey=duo.integration_key, skey=secret, host=duo.host, port=duo.port, ca_certs=duo.ca, timeout=seconds
    )
