"""OpenVPN's checks: is this tls-crypt-v2 key, this certificate, this second factor valid? (VPN-MFA).

OpenVPN runs the helper with `script_type` in the environment and takes exit code 0 as yes, 1 as no, 2 as "the answer
follows in auth_control_file". Anything unexpected, any exception, is a no.
"""

import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import factors
from .access import Member, Refused, load
from .certificates import key_fingerprint
from .config import Config
from .config import load as load_config
from .events import event

YES, NO, LATER = 0, 1, 2
TOKEN_IS_GOOD, NO_TOKEN_YET = "Authenticated", "Initial"
USER_SPECIFIED = "0"
PERSON, AUTHORITY = "0", "1"
"""Depths of a chain; no authority has another one below it."""


def _member(people: Mapping[str, Member], name: str) -> Member:
    if name not in people:
        raise Refused(f"not in the list of people: {name!r:.40}")
    return people[name]


def crypt_key(config: Config, environment: Mapping[str, str]) -> int:
    """Before TLS: does the key belong to somebody who is still in the list?"""
    if environment["metadata_type"] != USER_SPECIFIED:
        raise Refused("the tls-crypt-v2 key was not made here")
    _member(load(config.people), Path(environment["metadata_file"]).read_text())
    return YES


def certificate(config: Config, environment: Mapping[str, str], depth: str) -> int:
    """During TLS, and at every renegotiation: does the certificate's key belong to that person?"""
    if depth == AUTHORITY:
        return YES  # OpenSSL has checked it already.
    if depth != PERSON:
        raise Refused(f"the certificate chain has a depth {depth:.20}")
    member = _member(load(config.people), environment["X509_0_CN"])
    try:
        key = key_fingerprint(Path(environment["peer_cert"]).read_text())
    except (OSError, ValueError):
        raise Refused("the certificate cannot be read") from None
    if key != member.key:
        raise Refused("the certificate's key is not the one in the list of people")
    return YES


def second_factor(config: Config, environment: Mapping[str, str], credentials: str) -> int:
    """After TLS: check the factor of the person in the certificate; the user name must match and decides nothing."""
    name = environment["common_name"]
    member = _member(load(config.people), name)
    username, password = Path(credentials).read_text().split("\n")[:2]
    if username != name:
        raise Refused("the user name is not the certificate's")
    state = environment["session_state"]
    if state == TOKEN_IS_GOOD:
        # OpenVPN issued it for this user name, which is the certificate's, after a second factor.
        factors.check_session(config, member, environment["session_id"])
        return YES
    if state != NO_TOKEN_YET:
        raise Refused(f"the session's token is {state}")
    given = factors.answer(password)
    if config.duo is None:
        factors.check_totp(config, member, given, environment["session_id"])
        event("login", result="accepted", person=name, source=environment.get("untrusted_ip", ""))
        return YES
    return _ask_later(config, environment, member, given)


def _ask_later(config: Config, environment: Mapping[str, str], member: Member, given: factors.Answer) -> int:
    """Let OpenVPN serve other clients while a person uses their telephone."""
    if os.fork():
        return LATER
    verdict = NO
    try:
        signal.signal(signal.SIGALRM, _too_late)
        signal.alarm(config.mfa_seconds)
        source = environment.get("untrusted_ip", "")
        try:
            factors.check_duo(config, member, given, environment["session_id"], source)
            signal.alarm(0)
            event("login", result="accepted", person=member.name, source=source)
            verdict = YES
        except Exception as reason:  # noqa: BLE001 - a fault of the helper lets nobody in
            signal.alarm(0)
            _tell(environment, reason)
        Path(environment["auth_control_file"]).write_text("1" if verdict == YES else "0")
    finally:
        os._exit(verdict)


def _too_late(*_: object) -> None:
    raise factors.Unavailable("Duo did not answer in time")


def _tell(environment: Mapping[str, str], fault: Exception) -> None:
    person = environment.get("common_name") or environment.get("X509_0_CN", "")
    source = environment.get("untrusted_ip", "")
    stage = environment.get("script_type", "")
    reason = str(fault) if isinstance(fault, Refused) else f"the helper failed: {type(fault).__name__}"
    if isinstance(fault, factors.Unavailable):
        event("mfa-unavailable", person=person, reason=reason)
    if isinstance(fault, factors.Guessing):
        event("factor-guessed", person=person, source=source)
    event("login", result="refused", person=person, source=source, stage=stage, reason=reason)


def _decide(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    config, kind = load_config(arguments[0]), environment["script_type"]
    if kind == "tls-crypt-v2-verify":
        return crypt_key(config, environment)
    if kind == "tls-verify":
        return certificate(config, environment, arguments[1])
    if kind == "user-pass-verify":
        return second_factor(config, environment, arguments[1])
    raise Refused(f"nothing is known of {kind}")


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Answer OpenVPN; `arguments` are the settings' path and what OpenVPN adds."""
    try:
        return _decide(arguments, environment)
    except Exception as fault:  # noqa: BLE001 - a fault of the helper lets nobody in
        _tell(environment, fault)
    return NO
