"""Which images Deis runs: one release whose parts belong together, from any registry, by digest when given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

ImageName = Literal["builder", "controller", "dockerbuilder", "router", "slugbuilder", "slugrunner"]

RELEASE: Final = "v2.23.0"
TAGS: Final[Mapping[ImageName, str]] = {
    "builder": "v2.13.7",
    "controller": "v2.22.0",
    "dockerbuilder": "v2.8.3",
    "router": "v2.19.0",
    "slugbuilder": "v2.8.0",
    "slugrunner": "v2.7.0",
}
"""The images of RELEASE."""

DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
REGISTRY: Final = re.compile(r"[a-z0-9][a-z0-9.-]*(?::\d+)?(?:/[a-z0-9][a-z0-9._-]*)*", re.ASCII)
REFERENCE: Final = re.compile(rf"{REGISTRY.pattern}(?::\w[\w.-]{{0,127}})?(?:@{DIGEST.pattern})?", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Images:
    """Where the images come from."""

    registry: str = "docker.io/hephy"
    """Registry and prefix of all of them; a mirror of your own is best."""
    overrides: Mapping[ImageName, str] = field(default_factory=dict)
    """Image -> `sha256:...`, its digest in the registry, or a whole reference for one that lies elsewhere."""

    def reference(self, name: ImageName) -> str:
        """The reference that a container runs."""
        given = self.overrides.get(name, "")
        if given and not DIGEST.fullmatch(given):
            return given
        return f"{self.registry}/{name}:{TAGS[name]}" + (f"@{given}" if given else "")

    def faults(self) -> list[str]:
        """What is wrong with it, a text each."""
        found = []
        if not REGISTRY.fullmatch(self.registry):
            found.append(f"images.registry: {self.registry!r} is no registry such as docker.io/hephy (INH-4)")
        for name, given in self.overrides.items():
            if name not in TAGS:
                found.append(f"images.overrides: {name} is not an image of Deis; there are {', '.join(TAGS)} (INH-4)")
            elif not DIGEST.fullmatch(given) and ("/" not in given or not REFERENCE.fullmatch(given)):
                found.append(
                    f"images.overrides.{name}: {given!r} is neither a digest (sha256:...) nor a reference with a"
                    " registry (INH-4)"
                )
        return found
