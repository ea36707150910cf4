"""The internal authority: what it signs is brief, for one purpose, and made anew in time (TLS-INT)."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from components.authority import Authority, AuthorityArgs, Lifetime
from components.faults import ArgumentError
from sandbox.providers.mocks import Run
from tests.conftest import Deploy
from tests.support.program.bastion_of import request


def arguments(**changes: Any) -> AuthorityArgs:
    return AuthorityArgs(**{"common_name": "test authority", "organization": "platform", **changes})


@pytest.fixture
def run(deploy: Deploy) -> Run:
    def program() -> None:
        authority = Authority("ca", arguments())
        authority.issue_server("api.internal", ["api.internal", "api"])
        authority.issue_client("ada", request("ada"))
        authority.issue_client("grace")

    return deploy(program)


def made(run: Run, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(run.named(f"ca-{name}").outputs["certPem"].encode())


def lifetime(certificate: x509.Certificate) -> datetime.timedelta:
    return certificate.not_valid_after_utc - certificate.not_valid_before_utc


class TestCertificates:
    def test_the_authority_signs_certificates_and_no_authorities(self, run: Run) -> None:
        own = made(run, "certificate")
        constraints = own.extensions.get_extension_for_class(x509.BasicConstraints).value
        assert (constraints.ca, constraints.path_length) == (True, None)
        usage = own.extensions.get_extension_for_class(x509.KeyUsage).value
        assert (usage.key_cert_sign, usage.crl_sign, usage.digital_signature) == (True, True, False)
        assert lifetime(own) == datetime.timedelta(days=365)

    @pytest.mark.parametrize(
        ("name", "purpose"),
        [
            ("server-api.internal", ExtendedKeyUsageOID.SERVER_AUTH),
            ("client-ada", ExtendedKeyUsageOID.CLIENT_AUTH),
            ("client-grace", ExtendedKeyUsageOID.CLIENT_AUTH),
        ],
    )
    def test_what_it_issues_is_brief_and_for_one_purpose(self, run: Run, name: str, purpose: Any) -> None:
        issued = made(run, f"{name}-certificate")
        issued.verify_directly_issued_by(made(run, "certificate"))
        assert lifetime(issued) == datetime.timedelta(days=90)
        assert [*issued.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value] == [purpose]
        assert not issued.extensions.get_extension_for_class(x509.BasicConstraints).value.ca

    @pytest.mark.parametrize("form", ["a comment\n{}", "{}\n\n", "NEW"])
    def test_a_request_is_signed_as_a_plain_pem_block(self, deploy: Deploy, form: str) -> None:
        """The tls provider takes no other type, and after another text would keep the old key's certificate."""
        given = request("ada").replace(" CERTIFICATE", " NEW CERTIFICATE") if form == "NEW" else form
        run = deploy(lambda: Authority("ca", arguments()).issue_client("ada", given.format(request("ada"))))
        assert run.named("ca-client-ada-certificate").inputs["certRequestPem"] == request("ada")

    def test_a_server_bears_its_names(self, run: Run) -> None:
        names = made(run, "server-api.internal-certificate").extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
        assert names.value.get_values_for_type(x509.DNSName) == ["api.internal", "api"]

    def test_every_key_is_of_p_384_and_none_is_made_for_who_has_one(self, run: Run) -> None:
        keys = run.of("tls:index/privateKey:PrivateKey")
        assert {key.name for key in keys} == {"ca-key", "ca-server-api.internal-key", "ca-client-grace-key"}
        assert {(key.inputs["algorithm"], key.inputs["ecdsaCurve"]) for key in keys} == {("ECDSA", "P384")}
        public = made(run, "certificate").public_key()
        assert isinstance(public, ec.EllipticCurvePublicKey)
        assert public.curve.name == "secp384r1"

    def test_it_is_renewed_before_its_end_and_what_it_issued_before_that(self, run: Run) -> None:
        days = {
            name: run.named(f"ca-{name}").inputs["earlyRenewalHours"] / 24
            for name in ("certificate", "client-ada-certificate")
        }
        assert days == {"certificate": 120, "client-ada-certificate": 30}

    def test_all_of_it_is_the_authoritys(self, run: Run) -> None:
        (authority,) = [one for one in run.resources if one.type == "palisade:authority:Authority"]
        assert {one.parent for one in run.resources if one.type.startswith("tls:")} == {authority.urn}


class TestLifetimes:
    @pytest.mark.parametrize(
        ("lifetimes", "why"),
        [
            ({"authority": Lifetime(days=367, renewed_days_before=120)}, "live 366 days at most"),
            ({"issued": Lifetime(days=90, renewed_days_before=90)}, r"AuthorityArgs\.issued: 90 days before"),
            ({"issued": Lifetime(days=90, renewed_days_before=0)}, r"AuthorityArgs\.issued: 0 days before"),
            ({"authority": Lifetime(days=30, renewed_days_before=31)}, r"AuthorityArgs\.authority: 31 days before"),
            ({"issued": Lifetime(days=121, renewed_days_before=30)}, "121 days outlive an authority"),
        ],
    )
    def test_one_that_ends_in_an_outage_is_refused(self, lifetimes: dict[str, Lifetime], why: str) -> None:
        with pytest.raises(ArgumentError, match=rf"{why}.*\(TLS-INT\)"):
            arguments(**lifetimes).validate()

    def test_the_longest_that_fit_are_taken(self) -> None:
        longest = Lifetime(days=366, renewed_days_before=365)
        arguments(authority=longest, issued=Lifetime(days=365, renewed_days_before=1)).validate()
