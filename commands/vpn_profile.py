"""Write what a person needs to connect, where only this account reads it (VPN-MFA).

    pulumi stack output --show-secrets --json | python3 -m commands.vpn_profile ada

makes `ada.ovpn`, their profile, and with TOTP `ada.otpauth`, the address of their authenticator application. Both have
mode 0600 from the first byte on, whatever was there before and whatever the umask is, and nothing secret is printed.
Python's standard library is all that it needs.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

FILES: Final = {"vpnProfiles": "ovpn", "vpnEnrolments": "otpauth"}
"""Output of the stack -> ending of the file that is made of it."""
REQUIRED: Final = "vpnProfiles"
HIDDEN: Final = "[secret]"
"""What the engine shows instead of a secret."""


def texts_for(person: str, outputs: object) -> dict[str, str]:
    """File name to text, of what one person gets.

    Raises:
        ValueError: these are no outputs of the stack, they hide the secrets, or nobody is called so.
    """
    found: dict[str, str] = {}
    for output, ending in FILES.items():
        people: Any = outputs.get(output, {}) if isinstance(outputs, dict) else None
        if people == HIDDEN:
            raise ValueError(f"{output} is hidden; give `pulumi stack output` the flag --show-secrets")
        if not isinstance(people, dict) or (output == REQUIRED and not people):
            raise ValueError(f"there is no {output}; give me what `pulumi stack output --show-secrets --json` prints")
        if person in people:
            found[f"{person}.{ending}"] = str(people[person])
        elif output == REQUIRED:
            raise ValueError(f"nobody is called {person}; there are {', '.join(sorted(people))}")
    return found


def write(path: Path, text: str) -> None:
    """Put a text into a file of mode 0600, in one step; a link of that name is replaced, not followed."""
    handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(fresh, path)
    except BaseException:
        os.unlink(fresh)
        raise


def main(arguments: Sequence[str]) -> int:
    """Exit code 0, 1 if nothing was written, or 2 if it was called wrongly."""
    if len(arguments) != 1:
        print("usage: pulumi stack output --show-secrets --json | python3 -m commands.vpn_profile PERSON")
        return 2
    try:
        texts = texts_for(arguments[0], json.load(sys.stdin))
    except json.JSONDecodeError:
        print("what comes in is not JSON; did `pulumi stack output` fail?", file=sys.stderr)
        return 1
    except ValueError as fault:
        print(fault, file=sys.stderr)
        return 1
    for name, text in texts.items():
        write(Path(name), text if text.endswith("\n") else f"{text}\n")
        print(f"{name} (mode 0600)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
