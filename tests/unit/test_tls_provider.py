"""The stand-in tls provider behaves as pulumi-tls 5.6 with terraform-provider-tls 4.2 and Go's crypto/x509 do."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandbox.providers.base import UNKNOWN, Diff, ProviderError
from sandbox.providers.tls.certificates import rfc3339
from sandbox.providers.tls.provider import TlsProvider

PROVIDER = TlsProvider()
KEY, REQUEST, SELF_SIGNED, SIGNED = (
    f"tls:index/{name[0].lower()}{name[1:]}:{name}"
    for name in ("PrivateKey", "CertRequest", "SelfSignedCert", "LocallySignedCert")
)
Made = tuple[str, dict[str, Any]]


def make(type_: str, **inputs: Any) -> Made:
    checked, failures = PROVIDER.check("", type_, {}, inputs, b"")
    assert not failures
    return PROVIDER.create("", type_, checked, preview=False, timeout=0)


def key_pem() -> str:
    return make(KEY, algorithm="ECDSA", ecdsaCurve="P256")[1]["privateKeyPem"]


def authority(**changes: Any) -> Made:
    return make(SELF_SIGNED, **(ca_inputs() | changes))


def ca_inputs() -> dict[str, Any]:
    return {
        "privateKeyPem": key_pem(),
        "subject": {"commonName": "ca", "organization": "palisade"},
        "isCaCertificate": True,
        "allowedUses": ["cert_signing"],
        "validityPeriodHours": 48,
    }


def signed(request: str, ca: Made, **changes: Any) -> Made:
    inputs = {
        "certRequestPem": request,
        "caCertPem": ca[1]["certPem"],
        "caPrivateKeyPem": ca[1]["privateKeyPem"],
        "allowedUses": ["digital_signature", "client_auth"],
        "validityPeriodHours": 24,
    }
    return make(SIGNED, **(inputs | changes))


def load(made: Made) -> x509.Certificate:
    return x509.load_pem_x509_certificate(made[1]["certPem"].encode())


@pytest.fixture
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "EST5EDT,M3.2.0,M11.1.0")
        time.tzset()
        yield
    time.tzset()


class TestTimes:
    @pytest.mark.parametrize(
        ("moment", "text"),
        [
            (1803302146019094406, "2027-02-22T13:15:46.019094406Z"),
            (1803302146019000000, "2027-02-22T13:15:46.019Z"),
            (1803302146000000000, "2027-02-22T13:15:46Z"),
        ],
    )
    def test_they_are_written_to_the_nanosecond(self, moment: int, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as patch:
            patch.setenv("TZ", "UTC")
            time.tzset()
            assert rfc3339(moment) == text
        time.tzset()

    @pytest.mark.usefixtures("new_york")
    def test_they_are_in_the_local_time_zone(self) -> None:
        assert rfc3339(1803302146019094406) == "2027-02-22T08:15:46.019094406-05:00"
        assert rfc3339(1811078146000000000) == "2027-05-23T09:15:46-04:00"

    def test_a_certificate_is_of_the_seconds_within_them(self) -> None:
        made = authority()
        end = dt.datetime.fromisoformat(made[1]["validityEndTime"])
        assert end.replace(microsecond=0) == load(made).not_valid_after_utc
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", made[1]["validityEndTime"])


class TestCertificates:
    @pytest.mark.parametrize(("asked", "length"), [(None, None), (-1, None), (0, None), (1, 1)])
    def test_a_path_length_of_zero_is_ignored(self, asked: int | None, length: int | None) -> None:
        made = authority(**({} if asked is None else {"maxPathLength": asked}))
        constraints = load(made).extensions.get_extension_for_class(x509.BasicConstraints)
        assert (constraints.critical, constraints.value.ca, constraints.value.path_length) == (True, True, length)

    def test_names_are_in_gos_order_and_what_go_has_no_field_for_is_dropped(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        names = [
            x509.NameAttribute(NameOID.COMMON_NAME, "ada"),
            x509.NameAttribute(NameOID.EMAIL_ADDRESS, "ada@example.org"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "palisade"),
            x509.NameAttribute(NameOID.LOCALITY_NAME, "Berlin"),
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
        ]
        request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names)).sign(key, hashes.SHA256())
        made = load(signed(request.public_bytes(serialization.Encoding.PEM).decode(), authority()))
        assert made.subject.rfc4514_string() == "CN=ada,O=palisade,L=Berlin,C=DE"
        assert [part.oid for part in made.issuer] == [NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME]

    def test_ids_are_the_serial_and_hashes_of_public_halves(self) -> None:
        id_, key = make(KEY, algorithm="ED25519")
        public = serialization.load_pem_public_key(key["publicKeyPem"].encode())
        spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        assert id_ == hashlib.sha1(spki.strip(), usedforsecurity=False).hexdigest()
        assert (key["rsaBits"], key["ecdsaCurve"]) == (2048, "P224"), "defaults of the other algorithms"
        id_, request = make(REQUEST, privateKeyPem=key["privateKeyPem"], subject={"commonName": "ada"})
        der = x509.load_pem_x509_csr(request["certRequestPem"].encode()).public_bytes(serialization.Encoding.DER)
        assert id_ == hashlib.sha1(der.strip(), usedforsecurity=False).hexdigest()
        certificate = signed(request["certRequestPem"], authority())
        assert certificate[0] == str(load(certificate).serial_number)
        assert load(certificate).serial_number < 1 << 128

    def test_the_authoritys_key_is_named_by_what_it_signs(self) -> None:
        ca = authority()
        request = make(REQUEST, privateKeyPem=key_pem(), subject={"commonName": "ada"})[1]["certRequestPem"]
        own = load(ca).extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        made = load(signed(request, ca))
        assert made.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier == own
        with pytest.raises(x509.ExtensionNotFound):
            load(ca).extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)

    def test_a_request_of_another_pem_type_is_refused(self) -> None:
        request = make(REQUEST, privateKeyPem=key_pem(), subject={"commonName": "ada"})[1]["certRequestPem"]
        with pytest.raises(ProviderError, match="no PEM block of the type"):
            signed(request.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"), authority())
        with pytest.raises(ProviderError, match="no PEM block of the type"):
            signed(f" {request}", authority())

    @pytest.mark.parametrize(
        ("inputs", "what"),
        [
            ({"allowedUses": ["cert_signing", "sing"]}, "allowedUses"),
            ({"validityPeriodHours": -1}, "validityPeriodHours"),
            ({"maxPathLength": -2}, "maxPathLength"),
        ],
    )
    def test_what_the_validators_refuse_is_refused_in_a_preview(self, inputs: dict[str, Any], what: str) -> None:
        _, failures = PROVIDER.check("", SELF_SIGNED, {}, ca_inputs() | inputs, b"")
        assert [failure.property for failure in failures] == [what]

    def test_an_authority_needs_a_name(self) -> None:
        with pytest.raises(ProviderError, match="at least one Distinguished Name"):
            authority(subject={})


class TestChanges:
    def diff(self, made: Made, old: dict[str, Any], new: dict[str, Any], type_: str = SELF_SIGNED) -> Diff:
        return PROVIDER.diff("", type_, made[0], old, made[1], new, [])

    def test_the_early_renewal_is_only_written_down(self) -> None:
        old = ca_inputs()
        made = make(SELF_SIGNED, **old)
        new = old | {"earlyRenewalHours": 1}
        assert self.diff(made, old, new) == Diff(updates=("earlyRenewalHours",))
        outputs = PROVIDER.update("", SELF_SIGNED, made[0], old, made[1], new, preview=False, timeout=0)
        assert outputs == made[1] | {"earlyRenewalHours": 1}

    def test_a_path_length_that_is_left_out_is_kept(self) -> None:
        old = ca_inputs()
        made = make(SELF_SIGNED, **old, maxPathLength=1)
        assert self.diff(made, old | {"maxPathLength": 1}, old) == Diff()
        assert self.diff(made, old | {"maxPathLength": 1}, old | {"maxPathLength": 2}).replaces == ("maxPathLength",)

    def test_one_that_is_due_under_the_new_inputs_is_made_anew(self) -> None:
        old = ca_inputs()
        made = make(SELF_SIGNED, **old)
        assert made[1]["readyForRenewal"] is False
        new = old | {"earlyRenewalHours": 48}
        assert self.diff(made, old, new) == Diff(replaces=("readyForRenewal",), updates=("earlyRenewalHours",))

    def test_a_preview_knows_what_follows_from_the_inputs(self) -> None:
        _, outputs = PROVIDER.create("", SELF_SIGNED, ca_inputs(), preview=True, timeout=0)
        assert outputs["readyForRenewal"] is False
        unknown = {"certPem", "validityStartTime", "validityEndTime", "keyAlgorithm", "maxPathLength"}
        assert {name for name, value in outputs.items() if value == UNKNOWN} == unknown

    def test_a_refresh_shows_that_one_is_due(self) -> None:
        made = authority(earlyRenewalHours=47)
        read = PROVIDER.read("", SELF_SIGNED, made[0], {}, made[1])
        assert read
        assert read[2]["readyForRenewal"] is False
        read = PROVIDER.read("", SELF_SIGNED, made[0], {}, made[1] | {"earlyRenewalHours": 48})
        assert read
        assert read[2]["readyForRenewal"] is True

    def test_one_that_never_lives_is_always_ready(self) -> None:
        assert authority(validityPeriodHours=0)[1]["readyForRenewal"] is True
        assert authority(earlyRenewalHours=48)[1]["readyForRenewal"] is True

    @pytest.mark.parametrize("before", ["a comment\n{}", "{}\n\n"])
    def test_a_text_around_the_old_request_keeps_the_old_certificate(self, before: str) -> None:
        ca, old, new = (
            authority(),
            *(make(REQUEST, privateKeyPem=key_pem(), subject={"commonName": "ada"})[1]["certRequestPem"] for _ in "on"),
        )
        shared = {"caCertPem": ca[1]["certPem"], "caPrivateKeyPem": ca[1]["privateKeyPem"]}
        made = signed(before.format(old), ca)
        inputs = {name: made[1][name] for name in ("allowedUses", "validityPeriodHours", *shared)}
        changed = self.diff(
            made, inputs | {"certRequestPem": before.format(old)}, inputs | {"certRequestPem": new}, SIGNED
        )
        assert changed == Diff(updates=("certRequestPem",))
        changed = self.diff(made, inputs | {"certRequestPem": old}, inputs | {"certRequestPem": new}, SIGNED)
        assert changed == Diff(replaces=("certRequestPem",))
