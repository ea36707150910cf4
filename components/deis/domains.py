"""Domains that Deis resolves to pull its images and to build applications (AWS-EGRESS)."""

from __future__ import annotations

from components.deis.images import TAGS, Images
from components.domains import BUILDPACK_DOMAINS, registry_domains


def deis_domains(images: Images, application_registry: str | None) -> list[str]:
    """The domains, for networks with an allow-list; those of the bucket for slugs are `storage_hosts`.

    Package registries of languages (PyPI, npm, RubyGems ...) are not included: applications add their own.

    Args:
        images: source of the images of Deis.
        application_registry: host of the registry for application images; None: ECR.
    """
    hosts = {images.reference(name).partition("/")[0] for name in TAGS}
    if application_registry:
        hosts.add(application_registry)
    return sorted({*BUILDPACK_DOMAINS, *(domain for host in hosts for domain in registry_domains(host))})
