"""An internal certificate authority with short-lived certificates that are renewed early (TLS-INT, VPN-MFA)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_tls as tls
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from components.faults import Arguments, Fault
from policies.guidelines import tls as guideline

CURVE: Final = "P384"
HOURS_A_DAY: Final = 24


@dataclass(frozen=True, kw_only=True)
class Lifetime:
    """Lifetime of a certificate, and how long before its expiry `pulumi up` issues the next certificate."""

    days: int
    renewed_days_before: int
    """The next `pulumi up` within so many days of the end renews the certificate; its key stays."""

    def faults(self) -> Iterator[Fault]:
        """Yield a fault unless renewal falls into the lifetime (TLS-INT)."""
        if not 0 < self.renewed_days_before < self.days:
            found = f"{self.renewed_days_before} days before the end is not within the {self.days} days of life"
            yield Fault((), found, "renew between the first and the last day", "TLS-INT")
        longest = guideline.INTERMEDIATE.maximum_days
        if self.days > longest:
            allowed = f"internal certificates live {longest} days at most"
            yield Fault(("days",), f"{self.days} days are not allowed", allowed, "TLS-INT")


@dataclass(frozen=True, kw_only=True)
class AuthorityArgs(Arguments):
    """Arguments of `Authority`."""

    common_name: str
    """CN of the authority's own certificate."""
    organization: str
    """O of every certificate issued."""
    authority: Lifetime = Lifetime(days=365, renewed_days_before=120)
    """Of the authority's certificate. Both the old and the new one verify what either signed: the key is the same."""
    issued: Lifetime = Lifetime(days=guideline.MODERN.maximum_days, renewed_days_before=30)
    """Of the certificates it issues."""

    def faults(self) -> Iterator[Fault]:
        """Yield lifetimes that the guide forbids or that would cause an outage."""
        yield from (fault.under("authority") for fault in self.authority.faults())
        yield from (fault.under("issued") for fault in self.issued.faults())
        if self.issued.days > self.authority.renewed_days_before:
            found = (
                f"{self.issued.days} days outlive an authority that is renewed"
                f" {self.authority.renewed_days_before} days before its end"
            )
            yield Fault(("issued", "days"), found, "issue for fewer days", "TLS-INT")


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A certificate signed by the authority."""

    certificate_pem: pulumi.Output[str]
    private_key_pem: pulumi.Output[str] | None
    """Secret. None where the key never left the requester."""
    expires: pulumi.Output[str]
    """RFC 3339 time of the certificate's end."""


class Authority(pulumi.ComponentResource):
    """A self-signed ECDSA P-384 authority.

    It issues certificates for servers and clients, with CA:FALSE. Its own certificate has no path length: the tls
    provider ignores a `max_path_length` of 0, and creating a subordinate authority takes its key anyway.

    Makes its key and certificate and, for each issued certificate, a key and a request where none is passed. The
    authority's key is a secret in the state and nowhere else: only certificates leave this component. Changing
    `common_name` or `organization` replaces the authority and every certificate it issued.
    """

    certificate_pem: pulumi.Output[str]

    def __init__(self, name: str, args: AuthorityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        args.validate()
        super().__init__("palisade:authority:Authority", name, None, opts)
        self._name = name
        self._args = args
        self._key = tls.PrivateKey(
            f"{name}-key", algorithm="ECDSA", ecdsa_curve=CURVE, opts=pulumi.ResourceOptions(parent=self)
        )
        self._certificate = tls.SelfSignedCert(
            f"{name}-certificate",
            private_key_pem=self._key.private_key_pem,
            is_ca_certificate=True,
            allowed_uses=["cert_signing", "crl_signing"],
            set_subject_key_id=True,
            set_authority_key_id=True,
            subject=tls.SelfSignedCertSubjectArgs(common_name=args.common_name, organization=args.organization),
            validity_period_hours=args.authority.days * HOURS_A_DAY,
            early_renewal_hours=args.authority.renewed_days_before * HOURS_A_DAY,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.certificate_pem = self._certificate.cert_pem
        self.register_outputs({"certificatePem": self.certificate_pem})

    def issue_server(self, common_name: str, dns_names: Sequence[str] = ()) -> Issued:
        """A server's certificate and its key, as children `<authority>-server-<common_name>-*`."""
        child = f"{self._name}-server-{common_name}"
        key = self._new_key(child)
        return self._sign(child, self._request(child, key, common_name, dns_names), ("server_auth",), key)

    def issue_client(self, common_name: str, request_pem: str | None = None) -> Issued:
        """A client's certificate, as children `<authority>-client-<common_name>-*`.

        Args:
            common_name: the client's name; for a request, the caller has checked that the request has the same name.
            request_pem: the client's own request, so that its key stays with the client; None makes a key here.
        """
        child = f"{self._name}-client-{common_name}"
        if request_pem is not None:
            # The tls provider signs a changed request again only if the old request was a single PEM block: otherwise a
            # lost key would keep its certificate after a comment line.
            block = x509.load_pem_x509_csr(request_pem.encode()).public_bytes(Encoding.PEM).decode()
            return self._sign(child, block, ("client_auth",), None)
        key = self._new_key(child)
        return self._sign(child, self._request(child, key, common_name), ("client_auth",), key)

    def _new_key(self, child: str) -> tls.PrivateKey:
        opts = pulumi.ResourceOptions(parent=self)
        return tls.PrivateKey(f"{child}-key", algorithm="ECDSA", ecdsa_curve=CURVE, opts=opts)

    def _request(
        self, child: str, key: tls.PrivateKey, common_name: str, dns_names: Sequence[str] = ()
    ) -> pulumi.Output[str]:
        return tls.CertRequest(
            f"{child}-request",
            private_key_pem=key.private_key_pem,
            subject=tls.CertRequestSubjectArgs(common_name=common_name, organization=self._args.organization),
            dns_names=[*dns_names] or None,
            opts=pulumi.ResourceOptions(parent=self),
        ).cert_request_pem

    def _sign(
        self, child: str, request_pem: pulumi.Input[str], purposes: Sequence[str], key: tls.PrivateKey | None
    ) -> Issued:
        certificate = tls.LocallySignedCert(
            f"{child}-certificate",
            cert_request_pem=request_pem,
            ca_private_key_pem=self._key.private_key_pem,
            ca_cert_pem=self._certificate.cert_pem,
            allowed_uses=["digital_signature", *purposes],
            set_subject_key_id=True,
            validity_period_hours=self._args.issued.days * HOURS_A_DAY,
            early_renewal_hours=self._args.issued.renewed_days_before * HOURS_A_DAY,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return Issued(
            certificate_pem=certificate.cert_pem,
            private_key_pem=key.private_key_pem if key else None,
            expires=certificate.validity_end_time,
        )
