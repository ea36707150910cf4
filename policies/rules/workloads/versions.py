"""Which version of the Pod Security Standards a policy judges by, from its configuration (INH-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from policies.guidelines import pod_security as standard
from policies.kernel.value import MalformedError, Value

KEY: Final = "kubernetesVersion"
SETTING: Final[Mapping[str, Any]] = {
    KEY: {
        "type": "string",
        "pattern": r"^1\.\d+$",
        "default": standard.VERSION.removeprefix("v"),
        "description": "Version of the Pod Security Standards, as the cluster's pod-security labels name it.",
    }
}


def minor_of(settings: Value) -> int:
    """The minor version of the standards.

    Raises:
        MalformedError: it is none.
    """
    version = settings[KEY]
    major, _, minor = (version.text() or "").partition(".")
    if major != "1" or not (minor.isascii() and minor.isdecimal()):
        raise MalformedError(version.path, (version.text() or "nothing")[:50], "a version such as 1.35")
    return int(minor)
