"""A policy about secrets in environment variables (INH-4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.kernel.kinds import WORKLOADS
from policies.kernel.policy import ADVISORY, MEDIUM, Policy
from policies.kernel.resource import Violation, violation
from policies.kernel.value import Value
from policies.rules.compute.user_data import REFERENCES, secrets_in
from policies.rules.workloads.pods import each_container

_KEYS: Final = r"(?:api|private|access|secret)[_-]?key"
SECRET_NAME: Final = re.compile(rf"(?i)(?:password|passwd|passphrase|(?:^|_)pass|secret|token|{_KEYS})$")
"""Names of variables that hold a secret; DB_PASSWORD_FILE holds the name of one."""
ANOTHER: Final = re.compile(r"\$\([\w.-]+\)")
"""A value that is another variable's."""
ASSIGNED: Final = re.compile(rf"(?i)(?:password|passwd|passphrase|token|{_KEYS})=[\"']?([^\s\"']+)")
"""How a command line gives a secret; one that is only called that, as in --tls-secret=web, is a Secret's name."""
A_PASSWORD: Final = "a password"  # noqa: S105 - words


def _no_secret(container: Value) -> Iterator[Violation]:
    required = "valueFrom.secretKeyRef, or a mounted secret"
    for variable in container["env"].items():
        name, value = variable["name"].text() or "", variable["value"]
        if SECRET_NAME.search(name) and (
            not value.known or (value.text() and not ANOTHER.fullmatch(value.text() or ""))
        ):
            yield violation(value, f"the text of {name}", required)
        elif value.known and (found := sorted(set(secrets_in(value.text() or "")))):
            yield violation(value, ", ".join(found), required)
    for part in (*container["command"].items(), *container["args"].items()):
        text = part.text() or ""
        found = {kind for kind in secrets_in(text) if kind != A_PASSWORD}
        if any(not REFERENCES.match(given) for given in ASSIGNED.findall(text)):
            found.add(A_PASSWORD)
        if found:
            yield violation(part, ", ".join(sorted(found)), f"a variable of the environment, of {required}")


NO_SECRET = Policy(
    id="no-secret-in-env",
    requirement="INH-4",
    types=WORKLOADS,
    level=ADVISORY,
    severity=MEDIUM,
    description="No password, key or token stands in the description of a pod, which many may read.",
    fix="put it into a Secret and refer to that",
    rule=each_container(_no_secret),
)

POLICIES = (NO_SECRET,)
