"""Deis (Hephy): registration by administrators only, whitelisted, with its parts as native Kubernetes objects."""

from components.deis.args import DeisArgs
from components.deis.certificate_args import (
    Certificate,
    ExternalCertificate,
    ImportedCertificate,
    InternalCertificate,
)
from components.deis.database_args import Database
from components.deis.deis import Deis
from components.deis.domains import deis_domains
from components.deis.images import Images
from components.deis.registry_args import Registry
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
