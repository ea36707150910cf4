"""The root certificates of RDS, by region (TLS-INT).

Names, regions and addresses are those of the RDS user guide, "Using SSL/TLS to encrypt a connection to a DB instance or
cluster" (read on 2026-11-28).
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Final

from cryptography import x509

ECC, RSA = "rds-ca-ecc384-g1", "rds-ca-rsa2048-g1"
WITHOUT_ECC: Final = frozenset(
    {"ap-south-1", "ap-southeast-4", "ca-west-1", "eu-central-2", "eu-south-2", "il-central-1"}
)
"""Regions in which RDS has RSA alone."""
FILE: Final = Path(__file__).with_name("rds-roots.pem")


def authority(region: str) -> str:
    """The authority, by RDS's name, that signs the database's certificate."""
    return RSA if region in WITHOUT_ECC else ECC


@functools.cache
def roots() -> dict[str, str]:
    """Region -> PEM of its root of `authority`."""
    found = re.findall(
        r"^# ([a-z]{2}(?:-[a-z]+)+-\d)\n(-----BEGIN CERTIFICATE-----\n.+?\n-----END CERTIFICATE-----\n)",
        FILE.read_text(),
        re.DOTALL | re.MULTILINE,
    )
    return dict(found)


def bundle_url(region: str) -> str:
    """URL of the roots of a region."""
    host = "us-gov-west-1.rds" if region.startswith("us-gov-") else "rds"
    return f"https://truststore.pki.{host}.amazonaws.com/{region}/{region}-bundle.pem"


def are_roots(pem: str) -> bool:
    """Whether a PEM contains root certificates only: intermediate ones fail when RDS renews its own."""
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
        return all(
            each.issuer == each.subject and each.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
            for each in found
        )
    except (ValueError, x509.ExtensionNotFound):
        return False
