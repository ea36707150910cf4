"""Deis (Hephy): registration by administrators only, whitelisted, with its parts as native Kubernetes objects."""

from components.deis.args import (
    Certificate,
    Database,
    DeisArgs,
    ExternalCertificate,
    ImportedCertificate,
    InternalCertificate,
    Registry,
)
from components.deis.deis import Deis
from components.deis.domains import deis_domains
from components.deis.images import Images
from components.deis.storage import slug_bucket, storage_hosts

__all__ = [
    "Certificate",
    "Database",
    "Deis",
    "DeisArgs",
    "ExternalCertificate",
    "Images",
    "ImportedCertificate",
    "InternalCertificate",
    "Registry",
    "deis_domains",
    "slug_bucket",
    "storage_hosts",
]
