"""Settings of the people: one list for VPN, SSH, cluster and alarms (SSH-USER, VPN-MFA)."""

from __future__ import annotations

import re
from typing import Annotated

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from cryptography.x509.oid import NameOID
from pydantic import field_validator, model_validator

from components.people import Person, Role
from components.settings.base import Email, ResourceName, Section, matching

# RSA is refused: the Deis builder's SSH server only knows SHA-1 signatures for it, which clients no longer make.
SSH_KEY_TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")


class PersonSettings(Section):
    """One entry of `palisade:people`."""

    name: ResourceName
    email: Email
    role: Role
    iam_principal: Annotated[
        str,
        matching(
            r"arn:aws[a-z-]*:iam::\d{12}:(user|role)/[\w+=,.@/-]+",
            "the ARN of an IAM role or user, such as arn:aws:iam::123456789012:role/ada",
        ),
    ]
    ssh_key: str
    vpn_certificate_request: str | None = None
    generate_vpn_key: bool = False

    @field_validator("ssh_key")
    @classmethod
    def _usable_ssh_key(cls, value: str) -> str:
        kind, _, rest = value.strip().partition(" ")
        if kind not in SSH_KEY_TYPES:
            raise ValueError(
                f"a {kind or 'missing'} key is not accepted; give one of {', '.join(SSH_KEY_TYPES)}"
                " (RSA fails in Deis's builder) (SSH-USER)"
            )
        advice = "is not an OpenSSH public key; give the one line of the .pub file (SSH-USER)"
        if len(value.strip().splitlines()) != 1:
            raise ValueError(advice)
        try:
            load_ssh_public_key(f"{kind} {rest.split(' ', 1)[0]}".encode())
        except (ValueError, UnsupportedAlgorithm):
            raise ValueError(advice) from None
        return value.strip()

    @field_validator("vpn_certificate_request")
    @classmethod
    def _valid_request(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            request = x509.load_pem_x509_csr(value.encode())
        except ValueError:
            raise ValueError("is not a PEM certificate signing request (VPN-MFA)") from None
        if not request.is_signature_valid:
            raise ValueError("its signature does not fit its key (VPN-MFA)")
        return value

    @model_validator(mode="after")
    def _one_source_of_the_key(self) -> PersonSettings:
        if (self.vpn_certificate_request is None) == (not self.generate_vpn_key):
            raise ValueError(
                "give either vpnCertificateRequest (a CSR; the key stays with the person) or generateVpnKey: true"
                " (the key is kept in the state as a secret) (VPN-MFA)"
            )
        if self.vpn_certificate_request is not None:
            subject = x509.load_pem_x509_csr(self.vpn_certificate_request.encode()).subject
            names = [str(name.value) for name in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
            if names != [self.name]:
                raise ValueError(
                    f"vpnCertificateRequest is for CN {', '.join(names) or 'nobody'}; it must be {self.name} (VPN-MFA)"
                )
        return self

    def to_args(self) -> Person:
        """The person as the components take it."""
        return Person(**self.model_dump())


def shared_keys(people: tuple[PersonSettings, ...]) -> list[str]:
    """What two people share that only one may have, as error texts (SSH-USER)."""
    faults = []
    for attribute, title in (("name", "name"), ("email", "email"), ("iam_principal", "iamPrincipal")):
        seen: dict[str, str] = {}
        for person in people:
            value = getattr(person, attribute)
            if value in seen:
                faults.append(f"{title} {value} belongs to both {seen[value]} and {person.name}; one person each")
            seen[value] = person.name
    bodies: dict[str, str] = {}
    for person in people:
        body = re.split(r"\s+", person.ssh_key)[1]
        if body in bodies:
            faults.append(f"sshKey of {person.name} is also {bodies[body]}'s; nobody shares a key")
        bodies[body] = person.name
    return faults
