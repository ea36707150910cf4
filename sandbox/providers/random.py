"""The stand-in `random` provider: values are generated once, kept in the state, and replaced when an input changes.

It behaves as pulumi-random 4.21.4 with terraform-provider-random 3.9.0 (sandbox/providers/README.md). The ID of every
type except RandomPassword is the value itself, in plain text in the state, even if the outputs are secret: RandomBytes
too.
"""

from __future__ import annotations

import base64
import secrets
import string
import uuid
from typing import Any, Final

from sandbox.providers.base import CheckFailure, ProviderError, serve
from sandbox.providers.state_only import Maker, StateOnlyProvider
from sandbox.providers.values import is_unknown

SPECIAL: Final = "!@#$%&*()-_=+[]{}<>:?"
"""The special characters that the real provider chooses from."""
CLASSES: Final = (
    ("upper", "minUpper", string.ascii_uppercase),
    ("lower", "minLower", string.ascii_lowercase),
    ("numeric", "minNumeric", string.digits),
    ("special", "minSpecial", SPECIAL),
)
TEXT_DEFAULTS: Final = dict.fromkeys(("upper", "lower", "special"), True) | {least: 0 for _, least, _ in CLASSES}
BCRYPT: Final = "./" + string.ascii_letters + string.digits


def random_text(inputs: dict[str, Any]) -> str:
    """Text of the requested length and character classes, with the minimum of each class, also of a disabled one."""
    classes = [
        (inputs[flag], int(inputs[least]), (inputs.get("overrideSpecial") or chars) if flag == "special" else chars)
        for flag, least, chars in CLASSES
    ]
    everything = "".join(chars for on, _, chars in classes if on)
    if not everything:
        raise ProviderError("random: the character set specified is empty")
    chosen = [secrets.choice(chars) for _, least, chars in classes for _ in range(least)]
    chosen += [secrets.choice(everything) for _ in range(int(inputs["length"]) - len(chosen))]
    secrets.SystemRandom().shuffle(chosen)
    return "".join(chosen)


def _numeric(inputs: dict[str, Any]) -> dict[str, Any]:
    """`number` and `numeric`, which are aliases: the one that is set."""
    return dict.fromkeys(("number", "numeric"), inputs.get("numeric", inputs.get("number", True)))


def _refused_text(inputs: dict[str, Any]) -> list[CheckFailure]:
    if any(is_unknown(value) for value in inputs.values()):
        return []
    least = max(1, sum(int(inputs[name]) for _, name, _ in CLASSES))
    failures = []
    if int(inputs["length"]) < least:
        failures.append(CheckFailure("length", f"must be at least {least}: 1, and the sum of the minima"))
    if not any(inputs[flag] for flag, _, _ in CLASSES):
        failures.append(CheckFailure("numeric", "at least one of special, upper, lower and numeric must be true"))
    return failures


def _text(inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    result = random_text(inputs)
    return result, {"result": result}


def _password(inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    # Only the format of bcrypt's result: no library here makes it, and nothing reads it.
    hashed = "$2a$10$" + "".join(secrets.choice(BCRYPT) for _ in range(53))
    return "none", {**_text(inputs)[1], "bcryptHash": hashed}


def _bytes(inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    raw = secrets.token_bytes(int(inputs["length"]))
    text = base64.b64encode(raw).decode()
    return text, {"base64": text, "hex": raw.hex()}


def _refused_bytes(inputs: dict[str, Any]) -> list[CheckFailure]:
    length = inputs["length"]
    return [] if is_unknown(length) or int(length) >= 1 else [CheckFailure("length", "must be at least 1")]


def _id(inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    raw = secrets.token_bytes(int(inputs["byteLength"]))
    prefix, url = inputs.get("prefix") or "", base64.urlsafe_b64encode(raw).decode().rstrip("=")
    return url, {
        "b64Url": prefix + url,
        "b64Std": prefix + base64.b64encode(raw).decode(),
        "hex": prefix + raw.hex(),
        "dec": prefix + str(int.from_bytes(raw, "big")),
    }


def _uuid(inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    result = str(uuid.uuid4())
    return result, {"result": result}


MAKERS = {
    "random:index/randomPassword:RandomPassword": Maker(
        _password, ("result", "bcryptHash"), TEXT_DEFAULTS, planned=_numeric, refused=_refused_text
    ),
    "random:index/randomString:RandomString": Maker(
        _text, ("result",), TEXT_DEFAULTS, planned=_numeric, refused=_refused_text
    ),
    "random:index/randomBytes:RandomBytes": Maker(_bytes, ("base64", "hex"), refused=_refused_bytes),
    "random:index/randomId:RandomId": Maker(_id, ("b64Url", "b64Std", "hex", "dec")),
    "random:index/randomUuid:RandomUuid": Maker(_uuid, ("result",)),
}


class RandomProvider(StateOnlyProvider):
    """The random types; any changed input regenerates the value."""

    name, version = "random", "4.21.4"
    makers = MAKERS


if __name__ == "__main__":
    serve(RandomProvider())
