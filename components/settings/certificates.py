"""Settings of publicly trusted certificates (TLS-PUB, TLS-CFG)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import SecretStr, model_validator

from components.certificate import ImportedChain, IssuedByAcm
from components.certificate_rules import DOMAIN, chain_faults, key_fault
from components.settings.base import ResourceName, Section, matching, secret
from policies.guidelines.tls import PROFILES, ProfileName

CertificateDomain = Annotated[
    str, matching(DOMAIN.pattern, "a domain such as apps.example.org or *.apps.example.org (TLS-PUB)")
]


class CertificateSettings(Section):
    """One entry of `palisade:certificates`."""

    name: ResourceName
    domain: CertificateDomain
    alternative_names: tuple[CertificateDomain, ...] = ()
    tls_profile: ProfileName = "intermediate"
    """The profile of the listeners that show it."""
    zone_id: Annotated[str, matching(r"Z[A-Z0-9]{1,31}", "a hosted zone, such as Z0123456789ABCDEFGHIJ")] | None = None
    """The Route 53 zone in which ACM's proof is put; ACM then issues and renews it."""
    chain: str | None = None
    """Or: a certificate that somebody bought, with its chain, PEM. Its key is `palisade:certificateKeys.<name>`."""

    @model_validator(mode="after")
    def _one_source(self) -> CertificateSettings:
        if (self.zone_id is None) == (self.chain is None):
            raise ValueError(
                "give either zoneId (ACM issues it) or chain (it was bought; its key is in certificateKeys) (TLS-PUB)"
            )
        if self.chain is not None:
            faults = chain_faults(self.chain, (self.domain, *self.alternative_names), PROFILES[self.tls_profile])
            if faults:
                raise ValueError(f"chain: {'; '.join(faults)} (TLS-PUB)")
        return self

    def to_args(self, keys: Mapping[str, SecretStr]) -> IssuedByAcm | ImportedChain:
        """The source as `PublicCertificateArgs` takes it; `keys` are the imported certificates' keys by name."""
        if self.chain is None:
            return IssuedByAcm(hosted_zone_id=self.zone_id or "")
        return ImportedChain(chain_pem=self.chain, private_key_pem=secret(keys[self.name]))


def key_faults(certificates: Sequence[CertificateSettings], keys: Mapping[str, SecretStr]) -> list[str]:
    """What is wrong between the bought certificates and their keys, as error texts; no key is shown."""
    bought = {each.name: each.chain for each in certificates if each.chain is not None}
    names = [each.name for each in certificates]
    faults = [] if len(set(names)) == len(names) else ["certificates: each needs its own name (TLS-PUB)"]
    for name in sorted(bought.keys() - keys.keys()):
        command = f"pulumi config set --secret --path 'palisade:certificateKeys.{name}'"
        faults.append(f"certificateKeys.{name}: missing; run `{command}` (TLS-PUB)")
    for name in sorted(keys.keys() - bought.keys()):
        faults.append(f"certificateKeys.{name}: no entry of certificates with a chain has that name (TLS-PUB)")
    for name in sorted(keys.keys() & bought.keys()):
        if fault := key_fault(bought[name], keys[name].get_secret_value()):
            faults.append(f"certificateKeys.{name}: {fault} (TLS-PUB)")
    return faults
