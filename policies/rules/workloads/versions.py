"""The configured version of the Pod Security Standards (INH-4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from policies.guidelines import pod_security as standard
from policies.kernel.value import MalformedError, Value

KEY: Final = "kubernetesVersion"
SETTING: Final[Mapping[str, Any]] = {
    KEY: {
        "type": "string",
        "pattern": rf"^1\.(?:{standard.MINORS})$",
        "default": standard.VERSION.removeprefix("v"),
        "description": "Version of the Pod Security Standards, as the cluster's pod-security labels name it.",
    }
}


def minor_of(settings: Value) -> int:
    """The minor version of the standards.

    Raises:
        MalformedError: invalid, or a version whose standards are unknown.
    """
    version = settings[KEY]
    major, _, minor = (version.text() or "").partition(".")
    if major != "1" or not re.fullmatch(standard.MINORS, minor):
        known = f"a version up to 1.{standard.NEWEST_MINOR}, such as {standard.VERSION.removeprefix('v')}"
        raise MalformedError(version.path, (version.text() or "nothing")[:50], known)
    return int(minor)
