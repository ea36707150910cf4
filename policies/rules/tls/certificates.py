"""A policy about certificates: key size and lifetime (TLS-INT, TLS-CFG)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guidelines.tls import INTERMEDIATE
from policies.kernel.policy import MANDATORY, MEDIUM, Policy
from policies.kernel.resource import Resource, Violation, violation

CERTIFICATE: Final = "aws:acm/certificate:Certificate"
PRIVATE_KEY: Final = "tls:index/privateKey:PrivateKey"
SELF_SIGNED: Final = "tls:index/selfSignedCert:SelfSignedCert"
LOCALLY_SIGNED: Final = "tls:index/locallySignedCert:LocallySignedCert"
TLS_TYPES: Final = frozenset({SELF_SIGNED, LOCALLY_SIGNED, PRIVATE_KEY})
HOURS_A_DAY: Final = 24
LONGEST_HOURS: Final = INTERMEDIATE.maximum_days * HOURS_A_DAY
LEAST_BITS: Final = INTERMEDIATE.rsa_bits or 0
ACM_KEYS: Final = frozenset({"RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1"})


def _key(resource: Resource) -> Iterator[Violation]:
    kind = resource.props["algorithm"]
    name = (kind.text() or "").upper()
    if name == "RSA":
        bits = resource.props["rsaBits"]
        if (bits.number() or LEAST_BITS) < LEAST_BITS:
            yield violation(bits, f"{bits.text()}", f"{LEAST_BITS} or more")
    elif name == "ECDSA":
        curve = resource.props["ecdsaCurve"]
        # The provider's own default is P224.
        if curve.text() not in INTERMEDIATE.ecdsa_curves:
            yield violation(curve, curve.text() or "nothing (P224)", " or ".join(INTERMEDIATE.ecdsa_curves))
    elif name != "ED25519":
        yield violation(kind, name or "nothing", "ECDSA, RSA or ED25519")


def _certificate(resource: Resource) -> Iterator[Violation]:
    if resource.type == PRIVATE_KEY:
        yield from _key(resource)
    elif resource.type == CERTIFICATE:
        kind = resource.props["keyAlgorithm"]
        if kind.text() not in {None, *ACM_KEYS}:
            yield violation(kind, f"{kind.text()}", " or ".join(sorted(ACM_KEYS)))
    else:
        hours = resource.props["validityPeriodHours"]
        if not 0 < (hours.number() or 0) <= LONGEST_HOURS:
            said = f"{hours.text()} hours" if hours.present else "nothing"
            yield violation(hours, said, f"1 to {LONGEST_HOURS} hours ({INTERMEDIATE.maximum_days} days)")


SHORT_LIVED = Policy(
    id="certificate-key-and-lifetime",
    requirement="TLS-CFG TLS-INT",
    types=TLS_TYPES | {CERTIFICATE},
    level=MANDATORY,
    severity=MEDIUM,
    description=f"Certificates have keys that the guide allows, and live {INTERMEDIATE.maximum_days} days at most.",
    fix="use ECDSA with P256 or P384, and validityPeriodHours of 2160 (90 days) with earlyRenewalHours",
    rule=_certificate,
)

POLICIES = (SHORT_LIVED,)
