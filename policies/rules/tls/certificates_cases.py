"""Cases of certificates.py."""

from __future__ import annotations

from typing import Any

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.tls.certificates import (
    CERTIFICATE,
    HOURS_A_DAY,
    LOCALLY_SIGNED,
    PRIVATE_KEY,
    SELF_SIGNED,
    SHORT_LIVED,
)


def _living(hours: Any, type_: str = SELF_SIGNED) -> Item:
    return Item(type=type_, props={"allowedUses": ["server_auth"], "validityPeriodHours": hours})


def _of_key(**props: Any) -> Item:
    return Item(type=PRIVATE_KEY, props=props)


CASES: dict[str, tuple[Case, ...]] = {
    SHORT_LIVED.id: (
        ok("ninety_days", _living(90 * HOURS_A_DAY)),
        ok("p384", _of_key(algorithm="ECDSA", ecdsaCurve="P384")),
        ok("rsa", _of_key(algorithm="RSA", rsaBits=4096)),
        ok("acm", Item(type=CERTIFICATE, props={"domainName": "example.org", "keyAlgorithm": "EC_prime256v1"})),
        fail("ten_years", _living(10 * 365 * HOURS_A_DAY), at="validityPeriodHours"),
        fail("ten_years_signed", _living(87600, LOCALLY_SIGNED), at="validityPeriodHours"),
        fail("omitted", _living(None), at="validityPeriodHours"),
        fail("p224_by_default", _of_key(algorithm="ECDSA"), at="ecdsaCurve"),
        fail("short_rsa", _of_key(algorithm="RSA", rsaBits=1024), at="rsaBits"),
        fail("acm_with_short_rsa", Item(type=CERTIFICATE, props={"keyAlgorithm": "RSA_1024"}), at="keyAlgorithm"),
        unknown("decided_later", _living(UNKNOWN)),
    ),
}
