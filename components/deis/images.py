"""Images of Deis: one release with matching parts, from any registry, optionally by digest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from components.faults import Fault, unless_matching
from policies.guidelines.deis import BUILDER, CONTROLLER, LABELLED_IMAGES, ROUTER_IMAGE
from policies.guidelines.eks import Architecture

ImageName = Literal["builder", "controller", "dockerbuilder", "router", "slugbuilder", "slugrunner"]

RELEASE: Final = "v2.23.0"
TAGS: Final[Mapping[ImageName, str]] = {
    "builder": "v2.13.7",
    "controller": "v2.22.0",
    "dockerbuilder": "v2.8.3",
    "router": "v2.19.0",
    "slugbuilder": "v2.8.1",
    "slugrunner": "v2.7.0",
}
"""The images of RELEASE but for slugbuilder: v2.8.0 builds for the stack heroku-18, with older buildpacks, on a base of
heroku-20; v2.8.1 builds for heroku-20, which slugrunner v2.7.0 runs."""

ARCHITECTURE: Final[Architecture] = "x86_64"
NODE_LABEL: Final = ("kubernetes.io/arch", "amd64")
"""Hephy publishes images for this architecture only, those of builds and applications included."""

OBJSTORAGE_REGIONS: Final = frozenset(
    {
        "ap-northeast-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-2", "cn-north-1", "eu-central-1",
        "eu-west-1", "sa-east-1", "us-east-1", "us-west-1", "us-west-2",
    }
)  # fmt: skip
S3_REGIONS: Final[Mapping[ImageName, frozenset[str]]] = {
    "builder": OBJSTORAGE_REGIONS
    | {"ap-south-1", "ca-central-1", "cn-northwest-1", "eu-west-2", "eu-west-3", "us-east-2", "us-gov-west-1"},
    "slugbuilder": OBJSTORAGE_REGIONS,
    "slugrunner": OBJSTORAGE_REGIONS,
}
"""Image -> regions that its S3 client accepts; it exits in any other. Read on 2026-11-28.

builder: the partitions of aws-sdk-go 1.15.11, which teamhephy/distribution c77f65b accepts
(registry/storage/driver/s3-aws/s3.go, validRegions). slugbuilder, slugrunner: `objstorage` of deis/object-storage-cli
bb8e054 with deis/distribution 0afef00, which lists them itself (same file).
"""

NAMES: Final[Mapping[str, str]] = {
    "builder": LABELLED_IMAGES[BUILDER],
    "controller": LABELLED_IMAGES[CONTROLLER],
    "router": ROUTER_IMAGE,
}
"""Image -> how its name ends, by which the pack and admission know it."""
DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
REGISTRY: Final = re.compile(r"[a-z0-9][a-z0-9.-]*(?::\d+)?(?:/[a-z0-9][a-z0-9._-]*)*", re.ASCII)
REFERENCE: Final = re.compile(rf"{REGISTRY.pattern}(?::\w[\w.-]{{0,127}})?(?:@{DIGEST.pattern})?", re.ASCII)


def _without_tag(reference: str) -> str:
    return re.sub(r":[^/]*$", "", reference.split("@", maxsplit=1)[0])


@dataclass(frozen=True, kw_only=True)
class Images:
    """Source of the images."""

    registry: str = "docker.io/hephy"
    """Registry and prefix of all of them; a mirror of your own is best."""
    overrides: Mapping[ImageName, str] = field(default_factory=dict)
    """Image -> `sha256:...`, its digest in the registry, or a whole reference for one that lies elsewhere."""

    def reference(self, name: ImageName) -> str:
        """The image reference of a container."""
        given = self.overrides.get(name, "")
        if self._is_replaced(name):
            return given
        return f"{self.registry}/{name}:{TAGS[name]}" + (f"@{given}" if given else "")

    def _is_replaced(self, name: ImageName) -> bool:
        """Whether a full reference replaces the release's image."""
        given = self.overrides.get(name, "")
        return bool(given) and not DIGEST.fullmatch(given)

    def faults(self, region: str) -> Iterator[Fault]:
        """Yield the faults of the source, and the images that would refuse a bucket of the region (INH-4, AWS-S3)."""
        allowed = "a registry and a prefix, such as docker.io/hephy"
        yield from unless_matching(("registry",), self.registry, REGISTRY, allowed, "INH-4")
        for name, given in self.overrides.items():
            path = ("overrides", name)
            if name not in TAGS:
                yield Fault(path, f"{name} is not an image of Deis", f"there are {', '.join(TAGS)}", "INH-4")
            elif not DIGEST.fullmatch(given) and ("/" not in given or not REFERENCE.fullmatch(given)):
                found = f"{given!r} is neither a digest nor a reference with a registry"
                yield Fault(path, found, "give sha256:..., or a whole reference", "INH-4")
            elif name in NAMES and self._is_replaced(name) and not re.search(NAMES[name], _without_tag(given)):
                found = f"{given} is under another name"
                allowed = f"keep {name} at its end, by which the pack and admission know it"
                yield Fault(path, found, allowed, "DEIS-REG")
        # A full reference is assumed to accept the region.
        refusing = [name for name, known in S3_REGIONS.items() if region not in known and not self._is_replaced(name)]
        if refusing:
            found = f"the S3 clients of {', '.join(refusing)} do not accept {region}"
            allowed = f"use one of {', '.join(sorted(OBJSTORAGE_REGIONS))}, or give references of images of your own"
            yield Fault(("overrides",), found, allowed, "AWS-S3")
