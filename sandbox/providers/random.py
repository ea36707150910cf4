"""The stand-in `random` provider: values made once, kept in the state, made anew when an input changes."""

from __future__ import annotations

import base64
import secrets
import string
import uuid
from typing import Any

from sandbox.providers.base import ProviderError, serve
from sandbox.providers.state_only import Maker, StateOnlyProvider

SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
"""The special characters that the real provider chooses from."""
CLASSES = (
    ("lower", "minLower", string.ascii_lowercase),
    ("upper", "minUpper", string.ascii_uppercase),
    ("numeric", "minNumeric", string.digits),
    ("special", "minSpecial", SPECIAL),
)


def random_text(inputs: dict[str, Any]) -> str:
    """Text of the asked length from the asked classes of characters, with at least so many of each."""
    classes = [
        ((inputs.get("overrideSpecial") or alphabet) if flag == "special" else alphabet, int(inputs.get(least) or 0))
        for flag, least, alphabet in CLASSES
        if inputs.get(flag, True)
    ]
    chosen = [secrets.choice(alphabet) for alphabet, least in classes for _ in range(least)]
    everything = "".join(alphabet for alphabet, _ in classes)
    if not everything:
        raise ProviderError("random: no class of characters is left to choose from")
    chosen += [secrets.choice(everything) for _ in range(int(inputs["length"]) - len(chosen))]
    secrets.SystemRandom().shuffle(chosen)
    return "".join(chosen)


def _text(inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    result = random_text(inputs)
    return result, {"result": result}


def _password(inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "none", {"result": random_text(inputs)}


def _bytes(inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    raw = secrets.token_bytes(int(inputs["length"]))
    return "none", {"base64": base64.b64encode(raw).decode(), "hex": raw.hex()}


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
    "random:index/randomPassword:RandomPassword": Maker(_password, ("result",)),
    "random:index/randomString:RandomString": Maker(_text, ("result",)),
    "random:index/randomBytes:RandomBytes": Maker(_bytes, ("base64", "hex")),
    "random:index/randomId:RandomId": Maker(_id, ("b64Url", "b64Std", "hex", "dec")),
    "random:index/randomUuid:RandomUuid": Maker(_uuid, ("result",)),
}


class RandomProvider(StateOnlyProvider):
    """The random types; any changed input makes the value anew."""

    name, version = "random", "4.21.4"
    makers = MAKERS


if __name__ == "__main__":
    serve(RandomProvider())
