"""What a new stack's settings are made of: the questions, and the settings that the answers give.

The settings' own validation judges each answer (`components.settings`): no rule is repeated here.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic.alias_generators import to_snake

from components.faults import Fault
from components.foundation import Layer
from components.settings import Settings, SettingsError, load
from components.settings.base import PROJECT
from components.settings.model import SECRETS

Config = dict[str, Any]
Keys = tuple[str, ...]
PEOPLE: Final = "palisade:people"
START: Final[Config] = {"palisade:layer": "all"}
"""What the answers are added to: settings of both layers, until `layers` parts them."""
GENERATE: Final = "generate"
"""In place of a certificate request: the program makes the VPN key, which is then in the state, as a secret."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A setting that is asked for."""

    keys: Keys
    """Its path, as in faults."""
    flag: str
    asks: str
    default: str = ""
    several: bool = False
    """A list; the answer separates its entries by commas."""
    optional: bool = False
    """An empty answer leaves the setting out."""
    follows: Keys = ()
    """Asked only if this setting was given."""
    beside: Mapping[str, str] = field(default_factory=dict)
    """Settings of the same section that any answer brings along."""

    def value(self, text: str) -> Any:
        """The setting's value of an answer."""
        return [part.strip() for part in text.split(",") if part.strip()] if self.several else text.strip()


BEFORE_PEOPLE: Final = (
    Question(keys=("aws:region",), flag="region", asks="AWS region", default="eu-central-1"),
    Question(keys=("palisade:owner",), flag="owner", asks="Team that answers for the stack"),
    Question(
        keys=("palisade:environment",), flag="environment", asks="production, development or sandbox",
        default="production",
    ),
    Question(
        keys=("palisade:name",), flag="name", asks="Name of the cluster and of everything around it",
        default="palisade",
    ),
)  # fmt: skip
OF_A_PERSON: Final = (
    Question(keys=("name",), flag="name", asks="Name, such as ada"),
    Question(keys=("email",), flag="email", asks="E-mail address"),
    Question(keys=("role",), flag="role", asks="admin, operator or viewer", default="admin"),
    Question(keys=("iamPrincipal",), flag="iamPrincipal", asks="ARN of their IAM role or user"),
    Question(keys=("sshKey",), flag="sshKey", asks="File with their public SSH key"),
    Question(
        keys=("vpnCertificateRequest",), flag="vpnCertificateRequest",
        asks=f"File with the certificate request of their VPN key, or `{GENERATE}`",
    ),
)  # fmt: skip
AFTER_PEOPLE: Final = (
    Question(
        keys=("palisade:vpn", "sourceCidrs"), flag="vpn-from", asks="Ranges from which the VPN may be reached",
        default="0.0.0.0/0", several=True,
    ),
    Question(
        keys=("palisade:vpn", "mfa", "apiHost"), flag="duo-api-host",
        asks="Duo's API host (empty: the second factor is TOTP)", optional=True, beside={"kind": "duo"},
    ),
    Question(
        keys=("palisade:vpn", "mfa", "integrationKey"), flag="duo-integration-key", asks="Duo's integration key",
        follows=("palisade:vpn", "mfa"),
    ),
    Question(
        keys=("palisade:deis", "domain"), flag="domain", asks="Domain of Deis (empty: no Deis)", optional=True,
    ),
    Question(
        keys=("palisade:deis", "whitelist"), flag="whitelist", asks="Ranges that may reach Deis besides the VPN",
        several=True, follows=("palisade:deis",),
    ),
    Question(
        keys=("palisade:deis", "administrator", "email"), flag="deis-administrator",
        asks="E-mail address of Deis's administrator", follows=("palisade:deis",),
    ),
)  # fmt: skip


def stack_names(stack: str) -> dict[str, Layer]:
    """Stack -> its layer."""
    return {stack: "foundation", f"{stack}-platform": "platform"}


def layers(config: Config, stack: str, organization: str) -> dict[str, Config]:
    """Stack -> its settings, of all settings together.

    Args:
        config: as the answers give it.
        stack: the foundation's name.
        organization: of the backend, with which the platform names the foundation's stack.
    """
    own = {"foundation": {}, "platform": {"palisade:foundation": f"{organization}/{PROJECT}/{stack}"}}
    return {
        name: {
            "aws:region": config["aws:region"],
            "palisade:layer": layer,
            **own[layer],
            **{key: value for key, value in config.items() if key.startswith("palisade:") and _fits(key, layer)},
        }
        for name, layer in stack_names(stack).items()
    }


def _fits(key: str, layer: Layer) -> bool:
    name = to_snake(key.removeprefix("palisade:"))
    return name != "layer" and Settings.fits(name, layer)


def needed(question: Question, config: Config) -> bool:
    """Whether a question follows from the answers so far."""
    at: Any = config
    for key in question.follows:
        if key not in at:
            return False
        at = at[key]
    return True


def answered(config: Config, question: Question, text: str) -> Config:
    """The settings with one more answer."""
    changed = copy.deepcopy(config)
    at: Any = changed
    *sections, last = question.keys
    for key in sections:
        at = at.setdefault(key, {})
    at |= {last: question.value(text), **question.beside}
    return changed


def with_person(config: Config, person: Mapping[str, Any]) -> Config:
    """The settings with one more person."""
    return {**config, PEOPLE: [*config.get(PEOPLE, []), dict(person)]}


def person_value(field: str, text: str) -> dict[str, Any]:
    """Setting and value of an answer about a person; keys are read from files.

    Raises:
        ValueError: there is no such file, or it holds a private key.
    """
    if field == "vpnCertificateRequest" and text == GENERATE:
        return {"generateVpnKey": True}
    if field not in ("sshKey", "vpnCertificateRequest"):
        return {field: text}
    if not text.startswith(("ssh-", "ecdsa-")):
        try:
            text = Path(text).expanduser().read_text()
        except (OSError, UnicodeDecodeError):
            raise ValueError(f"{text} cannot be read") from None
    if "PRIVATE KEY" in text:
        raise ValueError("that is a private key, which nobody else gets; give the public half or the request")
    return {field: text if field == "vpnCertificateRequest" else text.strip()}


def faults(config: Config) -> list[Fault]:
    """What the settings' validation says, but for secrets that are still to be set."""
    return [fault for fault in _judged(config) if not _is_secret(fault)]


def missing_secrets(config: Config) -> list[str]:
    """The commands that set the secrets that the settings still need."""
    return [f"pulumi config set --secret {'.'.join(fault.path)}" for fault in _judged(config) if _is_secret(fault)]


def _judged(config: Config) -> Sequence[Fault]:
    given = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    try:
        load(given, ())
    except SettingsError as error:
        return error.faults
    return ()


def _is_secret(fault: Fault) -> bool:
    return fault.path[0].removeprefix("palisade:") in SECRETS


def about(found: Sequence[Fault], keys: Keys) -> list[Fault]:
    """The faults of one setting and its parts."""
    return [fault for fault in found if fault.path[: len(keys)] == keys]
