"""Server Side TLS 6.0 as data: the guide's two profiles (TLS-CFG, TLS-PUB, TLS-INT).

Each fact about TLS is here once; components, policies, OpenVPN and the Deis router read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

ProfileName = Literal["modern", "intermediate"]
Protocol = Literal["TLSv1.2", "TLSv1.3"]

TLS13_SUITES: Final = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
"""The suites of TLS 1.3 under their IANA names, which OpenSSL's configuration also takes."""

TLS12_SUITES: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
)
"""The suites of TLS 1.2 under OpenSSL's names. No DHE since 5.8, so intermediate needs no DH parameters."""

GROUPS: Final = ("X25519MLKEM768", "X25519", "prime256v1", "secp384r1")
"""Key-exchange groups, the post-quantum hybrid first. The hybrid needs OpenSSL 3.5."""
POST_QUANTUM_GROUPS: Final = frozenset({"X25519MLKEM768"})

HSTS_MAX_AGE_SECONDS: Final = 63_072_000
"""Two years, for both profiles."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One profile of the guide."""

    name: ProfileName
    protocols: tuple[Protocol, ...]
    """Protocols offered, the oldest first."""
    tls12_suites: tuple[str, ...]
    """OpenSSL names; empty where TLS 1.2 is off."""
    tls13_suites: tuple[str, ...]
    groups: tuple[str, ...]
    ecdsa_curves: tuple[str, ...]
    """Curves that a certificate's key may use, under the names of the tls provider."""
    rsa_bits: int | None
    """The least RSA modulus of a certificate in bits; None: RSA is not allowed."""
    maximum_days: int
    """A certificate's longest lifetime in days."""
    hsts_max_age_seconds: int
    load_balancer_policy: str
    """ssl_policy of an AWS Application or Network Load Balancer's listener."""


MODERN: Final = Profile(
    name="modern",
    protocols=("TLSv1.3",),
    tls12_suites=(),
    tls13_suites=TLS13_SUITES,
    groups=GROUPS,
    ecdsa_curves=("P256", "P384"),
    rsa_bits=None,
    maximum_days=90,
    hsts_max_age_seconds=HSTS_MAX_AGE_SECONDS,
    load_balancer_policy="ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
)
INTERMEDIATE: Final = Profile(
    name="intermediate",
    protocols=("TLSv1.2", "TLSv1.3"),
    tls12_suites=TLS12_SUITES,
    tls13_suites=TLS13_SUITES,
    groups=GROUPS,
    ecdsa_curves=("P256", "P384"),
    rsa_bits=2048,
    maximum_days=366,
    hsts_max_age_seconds=HSTS_MAX_AGE_SECONDS,
    load_balancer_policy="ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
)
PROFILES: Final[dict[ProfileName, Profile]] = {"modern": MODERN, "intermediate": INTERMEDIATE}

_LOAD_BALANCER_POLICIES: Final[dict[ProfileName, tuple[str, ...]]] = {
    "modern": ("2021-06", "PQ-2025-09", "FIPS-2023-04", "FIPS-PQ-2025-09"),
    "intermediate": ("Res-2021-06", "Res-PQ-2025-09", "Res-FIPS-2023-04", "Res-FIPS-PQ-2025-09"),
}
_LEAST_PROTOCOL: Final[dict[ProfileName, str]] = {"modern": "TLS13-1-3", "intermediate": "TLS13-1-2"}
LOAD_BALANCER_POLICIES: Final[dict[ProfileName, frozenset[str]]] = {
    profile: frozenset(f"ELBSecurityPolicy-{_LEAST_PROTOCOL[profile]}-{name}" for name in names)
    for profile, names in _LOAD_BALANCER_POLICIES.items()
}
"""Profile -> the predefined policies of AWS load balancers whose protocols and ciphers are all in the profile: the
eight that AWS Security Hub's control ELB.17 recommends (as policy libraries list it, read 2026-11-28). All others
offer CBC, RSA key exchange, or TLS 1.1 and older; the API's own default is of 2016."""


def load_balancer_policies(least: ProfileName) -> frozenset[str]:
    """The values of ssl_policy that a profile allows; intermediate allows the stricter ones of modern too."""
    modern = LOAD_BALANCER_POLICIES["modern"]
    return modern if least == "modern" else modern | LOAD_BALANCER_POLICIES["intermediate"]


PROFILE_SETTING: Final = {
    "type": "string",
    "enum": ["intermediate", "modern"],
    "default": "intermediate",
    "description": "The least strict profile of Server Side TLS that is allowed.",
}
"""JSON schema of the setting by which an organisation asks for more than the guide does."""


def groups_for(profile: Profile, *, post_quantum: bool) -> tuple[str, ...]:
    """The profile's groups that a library knows.

    Args:
        profile: one of PROFILES.
        post_quantum: whether the library is OpenSSL 3.5 or later; before, naming the hybrid is a fatal error.
    """
    return tuple(group for group in profile.groups if post_quantum or group not in POST_QUANTUM_GROUPS)
