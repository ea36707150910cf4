"""Names of container images: where one comes from, and whether the same name means the same image tomorrow (INH-4)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final

DEFAULT_REGISTRY: Final = "docker.io"
"""Where an image comes from whose name says nothing of it."""
ECR: Final = ("*.dkr.ecr.*.amazonaws.com", "*.dkr.ecr.*.amazonaws.com.cn")
"""Registries of AWS accounts; EKS's add-ons come from some that AWS owns, which differ by region."""
REGISTRIES: Final = (DEFAULT_REGISTRY, "ghcr.io", "public.ecr.aws", "quay.io", "registry.k8s.io", *ECR)
"""Registries that images may come from where nobody says otherwise; * and ? are wildcards."""
VERSION: Final = "[^/:]*[0-9][^/:]*"
"""A tag that names a version has a digit; latest, main, stable and alpine have none, and something else tomorrow."""
DIGEST: Final = "[a-z0-9]+:[0-9a-f]{32,}"
"""Both in RE2's syntax and Python's alike."""
LOCALHOST: Final = "localhost"
REGISTRY_MARKS: Final = (".", ":")
"""One of these before the first slash makes that part a registry to containerd; so do LOCALHOST and capitals."""


def parts(image: str) -> tuple[str, str, str]:
    """Registry, tag and digest of a reference; the registry is Docker Hub's where none is named."""
    name, _, digest = image.partition("@")
    first, slash, _ = name.partition("/")
    registry = DEFAULT_REGISTRY
    if slash and (first == LOCALHOST or any(mark in first for mark in REGISTRY_MARKS) or first != first.lower()):
        registry = first
    return registry, name.rsplit("/", 1)[-1].partition(":")[2], digest


def is_pinned(tag: str, digest: str) -> bool:
    """Whether a tag or a digest names the same image tomorrow, as far as the one who tags keeps to versions."""
    return re.fullmatch(DIGEST, digest) is not None or (not digest and re.fullmatch(VERSION, tag) is not None)


def listed(registry: str, patterns: Iterable[str]) -> bool:
    """Whether a registry is on a list in which * and ? are wildcards."""
    return any(fnmatchcase(registry, pattern) for pattern in patterns)
