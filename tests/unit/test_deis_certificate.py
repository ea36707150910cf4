"""Imported certificates: what is wrong with one is told before the router shows it to anybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization

from components.certificate_rules import chain_faults, days_left, key_faults
from policies.guidelines.tls import INTERMEDIATE, MODERN, PROFILES, Profile
from tests.support.program.critical_path import chain_for

DOMAIN = "apps.example.org"
NAMES = [f"*.{DOMAIN}"]
GOOD = chain_for(DOMAIN)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize("kind", ["P256", "P384"])
def test_a_good_one_is_good(profile: Profile, kind: str) -> None:
    chain = chain_for(DOMAIN, kind=kind)
    assert chain_faults(chain.pem, NAMES, profile) == []
    assert [*key_faults(chain.pem, chain.key)] == []


def test_rsa_is_for_the_intermediate_profile_only() -> None:
    chain = chain_for(DOMAIN, kind="RSA 2048")
    assert chain_faults(chain.pem, NAMES, INTERMEDIATE) == []
    assert [*key_faults(chain.pem, chain.key)] == []
    (fault,) = chain_faults(chain.pem, NAMES, MODERN)
    assert (fault.found, fault.allowed) == ("its key is of another kind", "give one with a key of P256, P384")


BAD = {
    "no certificate": ("nonsense", "is no PEM chain"),
    "another domain": (chain_for("example.org").pem, "it needs *.apps.example.org"),
    "the bare domain alone": (chain_for(DOMAIN, names=(DOMAIN,)).pem, "it needs *.apps.example.org"),
    "no name": (chain_for(DOMAIN, names=()).pem, "is for no name"),
    "a client's": (chain_for(DOMAIN, client=True).pem, "lacks serverAuth"),
    "gone": (chain_for(DOMAIN, days=30, age=31).pem, "not now"),
    "not yet": (chain_for(DOMAIN, age=-1).pem, "not now"),
    "too long": (chain_for(DOMAIN, days=398).pem, "lives for 398 days"),
    "an odd curve": (chain_for(DOMAIN, kind="P521").pem, "give one with a key of P256, P384, or RSA with 2048 bits"),
    "a short key": (chain_for(DOMAIN, kind="RSA 1024").pem, "its key is of another kind"),
    "no intermediate": (GOOD.certificates[0], "is alone"),
    "a stranger's intermediate": (GOOD.certificates[0] + chain_for(DOMAIN).certificates[1], "is out of order"),
    "upside down": ("".join(reversed(GOOD.certificates)), "is self-signed"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_one_is_told(case: str) -> None:
    pem, text = BAD[case]
    assert any(text in str(fault) for fault in chain_faults(pem, NAMES, INTERMEDIATE)), case


def test_an_encrypted_key_and_anothers_are_told() -> None:
    key = serialization.load_pem_private_key(GOOD.key.encode(), password=None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"password"),
    ).decode()
    for key_pem, words in ((locked, "encrypted"), (chain_for(DOMAIN).key, "does not belong"), (GOOD.pem, "in PEM")):
        (fault,) = key_faults(GOOD.pem, key_pem)
        assert words in str(fault)
        assert key_pem.splitlines()[1] not in str(fault)


def test_the_days_that_are_left() -> None:
    chain = chain_for(DOMAIN, days=90, age=0)
    assert days_left(chain.pem, datetime.now(UTC) + timedelta(days=80)) in (9, 10)
