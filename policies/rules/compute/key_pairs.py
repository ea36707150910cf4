"""A policy about EC2 key pairs (SSH-USER)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import ADVISORY, LOW, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.rules.compute.instances import ALL_LAUNCHERS, machines

KEY_PAIR: Final = "aws:ec2/keyPair:KeyPair"


def _no_key_pair(resource: Resource) -> Iterator[Violation]:
    if resource.type == KEY_PAIR:
        yield violation("keyName", "an EC2 key pair", "one key per person, or sessions through SSM")
        return
    for machine in machines(resource):
        with resource.isolate():
            key = machine.value["keyName"]
            if key.text():
                yield violation(key, f"the key pair {key.text()}", "none")


NO_KEY_PAIR = Policy(
    id="no-key-pair",
    requirement="SSH-USER",
    types=ALL_LAUNCHERS | {KEY_PAIR},
    level=ADVISORY,
    severity=LOW,
    description="Nobody logs in with a key that a machine was launched with and that several people share.",
    fix="leave keyName out; reach machines through SSM sessions, or with a key per person",
    rule=_no_key_pair,
)

POLICIES = (NO_KEY_PAIR,)
