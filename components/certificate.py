"""A publicly trusted certificate in ACM: issued by ACM with DNS validation, or bought and imported (TLS-PUB)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
from cryptography.hazmat.primitives.serialization import Encoding

from components.alarms import MetricAlarm, metric_alarm
from components.certificate_rules import DOMAIN, chain_of, import_faults, key_faults, names_of
from components.faults import ArgumentError, Arguments, Fault, choice_faults, unless_matching
from components.tags import Tags
from policies.guidelines.tls import PROFILES, ProfileName

KEY_ALGORITHM: Final = "EC_prime256v1"
"""Both of the guide's profiles take it, and every browser that they are for."""
HOSTED_ZONE: Final = re.compile(r"[A-Z0-9]{1,32}")
PROOF_SECONDS: Final = 300
DAY: Final = 86400
DAYS_LEFT: Final = 30
"""ACM renews what it issued 45 days before the end; what was bought, somebody has to buy again."""


@dataclass(frozen=True, kw_only=True)
class IssuedByAcm:
    """Issued and renewed by ACM as long as its validation record is in the hosted zone."""

    hosted_zone_id: pulumi.Input[str]
    """The public Route 53 zone of the domain and of all alternative names, such as Z0123456789ABCDEFGHIJ."""

    def faults(self) -> Iterator[Fault]:
        """Yield an invalid hosted zone, if it is known already (TLS-PUB)."""
        if isinstance(self.hosted_zone_id, str):
            allowed = "a hosted zone, such as Z0123456789ABCDEFGHIJ"
            yield from unless_matching(("hosted_zone_id",), self.hosted_zone_id, HOSTED_ZONE, allowed, "TLS-PUB")


@dataclass(frozen=True, kw_only=True)
class ImportedChain:
    """A bought certificate. Importing another one later keeps the ARN."""

    chain_pem: str
    """The certificate, then those of who signed it, in order; the root may be left out."""
    private_key_pem: pulumi.Input[str]
    """Treated as a secret."""


@dataclass(frozen=True, kw_only=True)
class PublicCertificateArgs(Arguments):
    """Arguments of `PublicCertificate`."""

    tags: Tags
    """Tags of every resource."""
    domain: str
    """Such as apps.example.org; `*.` before it stands for all names one level below."""
    alternative_names: Sequence[str] = ()
    """Further names that it is for."""
    source: IssuedByAcm | ImportedChain
    """Who makes it."""
    tls_profile: ProfileName = "intermediate"
    """The profile of the listeners that show it; decides which keys an imported one may have (TLS-CFG)."""
    topic_arn: pulumi.Input[str] | None = None
    """Topic that hears when it is about to expire."""

    def faults(self) -> Iterator[Fault]:
        """Yield certificates that no browser would trust, or that are for other names."""
        yield from (fault.under("tags") for fault in self.tags.faults())
        yield from choice_faults(self, "TLS-CFG")
        allowed = "a domain such as apps.example.org or *.apps.example.org"
        yield from unless_matching(("domain",), self.domain, DOMAIN, allowed, "TLS-PUB")
        for name in self.alternative_names:
            yield from unless_matching(("alternative_names",), name, DOMAIN, allowed, "TLS-PUB")
        if isinstance(self.source, IssuedByAcm):
            yield from (fault.under("source") for fault in self.source.faults())
        elif profile := PROFILES.get(self.tls_profile):
            names = (self.domain, *self.alternative_names)
            found = import_faults(self.source.chain_pem, self.source.private_key_pem, names, profile)
            yield from (fault.under("source") for fault in found)


class PublicCertificate(pulumi.ComponentResource):
    """The certificate, the DNS records that validate its names, and an alarm on its expiry.

        certificate = PublicCertificate("shop", PublicCertificateArgs(
            tags=tags, domain="shop.example.org", source=IssuedByAcm(hosted_zone_id="Z0123456789ABCDEFGHIJ"),
        ))
        aws.lb.Listener(..., certificate_arn=certificate.arn, ssl_policy=certificate.listener_policy)

    Failure modes: if a domain has CAA records but none that lets Amazon issue, issuing waits for an hour and fails. A
    validation record that another stack already made for the same domain is an error: only one stack can manage it.

    Raises:
        ArgumentError: arguments are not allowed (see PublicCertificateArgs.faults), or the key
            is another certificate's.
    """

    arn: pulumi.Output[str]
    """Known once the certificate can be used."""
    listener_policy: str
    """ssl_policy of the listeners that show it (TLS-CFG)."""
    names: tuple[str, ...]
    """Every name that it is for."""

    def __init__(self, name: str, args: PublicCertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        args.validate()
        super().__init__("palisade:certificate:PublicCertificate", name, None, opts)
        self.listener_policy = PROFILES[args.tls_profile].load_balancer_policy
        if isinstance(args.source, ImportedChain):
            self.names = tuple(names_of(chain_of(args.source.chain_pem)[0]))
            self.arn = self._import(name, args, args.source).arn
        else:
            self.names = (args.domain, *args.alternative_names)
            self.arn = self._issue(name, args, args.source)
        if args.topic_arn is not None:
            expiry = MetricAlarm(
                runbook="public-certificate-expires",
                namespace="AWS/CertificateManager",
                metric_name="DaysToExpiry",
                dimensions={"CertificateArn": self.arn},
                statistic="Minimum",
                comparison="LessThanThreshold",
                threshold=DAYS_LEFT,
                period_seconds=DAY,
                # ACM reports nothing for expired or deleted certificates, nor for new ones during half a day.
                missing="breaching",
                description=f"The public certificate of {args.domain} has less than {DAYS_LEFT} days left, or is gone: "
                "see in ACM why it was not renewed, or import a new one.",
            )
            metric_alarm(f"{name}-expires", expiry, args.topic_arn, args.tags, pulumi.ResourceOptions(parent=self))
        self.register_outputs({"arn": self.arn, "listenerPolicy": self.listener_policy, "names": list(self.names)})

    def _import(self, name: str, args: PublicCertificateArgs, source: ImportedChain) -> aws.acm.Certificate:
        def of_this_certificate(key: str) -> str:
            if faults := [fault.under("source", "private_key_pem") for fault in key_faults(source.chain_pem, key)]:
                raise ArgumentError("PublicCertificateArgs", faults)
            return key

        leaf, *rest = (each.public_bytes(Encoding.PEM).decode() for each in chain_of(source.chain_pem))

        key = pulumi.Output.secret(source.private_key_pem).apply(of_this_certificate)
        return aws.acm.Certificate(
            f"{name}-certificate",
            certificate_body=leaf,
            certificate_chain="".join(rest),
            private_key=key,
            tags=args.tags.named(name),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _issue(self, name: str, args: PublicCertificateArgs, source: IssuedByAcm) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        certificate = aws.acm.Certificate(
            f"{name}-certificate",
            domain_name=args.domain,
            # ACM adds the domain anyway. Omitting it would make the last alternative name impossible to remove: the
            # attribute is Optional and Computed, so the provider would keep the old names.
            subject_alternative_names=sorted({args.domain, *args.alternative_names}),
            validation_method="DNS",
            key_algorithm=KEY_ALGORITHM,
            # Browsers trust only certificates in a transparency log.
            options=aws.acm.CertificateOptionsArgs(certificate_transparency_logging_preference="ENABLED"),
            tags=args.tags.named(name),
            opts=child,
        )
        # A wildcard is validated by the record of its parent name.
        proved = sorted({each.removeprefix("*.") for each in self.names})
        records = [
            aws.route53.Record(
                f"{name}-proof-{domain}",
                zone_id=source.hosted_zone_id,
                name=_proof(certificate, domain, "resource_record_name"),
                type="CNAME",
                ttl=PROOF_SECONDS,
                records=[_proof(certificate, domain, "resource_record_value")],
                opts=child,
            )
            for domain in proved
        ]
        return aws.acm.CertificateValidation(
            f"{name}-issued",
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn for record in records],
            opts=child,
        ).certificate_arn


def _proof(certificate: aws.acm.Certificate, domain: str, member: str) -> pulumi.Output[str]:
    """A field of the DNS record with which ACM validates the domain."""
    return certificate.domain_validation_options.apply(
        lambda options: next(option[member] for option in options if option["domain_name"].removeprefix("*.") == domain)
    )
