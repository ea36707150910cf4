"""An external registry for images of applications: arguments of `Deis`, and their validation (INH-4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pulumi

from components.faults import Fault, unless_matching

HOST: Final = re.compile(r"[a-z0-9][a-z0-9.-]*(:\d+)?", re.ASCII)
ORGANIZATION: Final = re.compile(r"[a-z0-9][a-z0-9._/-]*")


@dataclass(frozen=True, kw_only=True)
class Registry:
    """An external registry with credentials, from which nodes pull the images of applications, slugrunner's included.

    Without one, nodes pull from the account's ECR by their own role, and from public registries.
    """

    hostname: str
    """Such as registry.example.org."""
    organization: str
    """Prefix of the repositories."""
    username: pulumi.Input[str]
    """Who pulls."""
    password: pulumi.Input[str]
    """Treated as a secret; the controller copies it into application namespaces."""

    def faults(self) -> Iterator[Fault]:
        """Yield the faults of the registry (INH-4)."""
        allowed = "a host name, such as registry.example.org"
        yield from unless_matching(("hostname",), self.hostname, HOST, allowed, "INH-4")
        yield from unless_matching(
            ("organization",), self.organization, ORGANIZATION, "a path in it, such as apps", "INH-4"
        )
        if self.username == "":
            yield Fault(("username",), "is empty", "say who pulls", "INH-4")
