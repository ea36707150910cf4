"""Keys, certificates and TOTP seeds of the VPN, the secrets that hand them to the bastion, and the people's profiles.

All of them are secrets in the state. The bastion gets its secrets through Secrets Manager, and the authority's key
never leaves the state (TLS-INT, VPN-MFA, SSH-USER).
"""

from __future__ import annotations

import base64
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pulumi_random as random
import pulumi_tls as tls

from components.authority import Authority, AuthorityArgs, Issued
from components.bastion import openvpn, sshd, tls_crypt
from components.bastion.agent.certificates import key_fingerprint
from components.bastion.args import Duo, Totp, VpnBastionArgs
from components.keys import EncryptionKey
from components.people import Person

SEED_LETTERS: Final = 32
"""Of a TOTP secret in base32, 5 bits each: the 160 bits that RFC 4226 recommends."""
BASE32_DIGITS: Final = "234567"
BASE64_SIGNS: Final = "+/"
RECOVERY_DAYS: Final = 7


@dataclass(frozen=True, kw_only=True)
class Member:
    """The credentials of a person."""

    person: Person
    issued: Issued
    tls_crypt_v2: pulumi.Output[str]
    """Secret. Their client key file."""
    totp: pulumi.Output[str] | None
    """Secret. Base32 seed of their codes; None where the factor is another."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """The results of `make_credentials`."""

    server_name: str
    authority: Authority
    members: Mapping[str, Member]
    host_keys: Mapping[str, tls.PrivateKey]
    secrets: Mapping[str, aws.secretsmanager.Secret]
    """server, people and, with Duo, duo."""
    versions: list[pulumi.Resource]

    def arn(self, name: str) -> pulumi.Input[str]:
        """ARN of a secret; empty if there is none of that name."""
        return self.secrets[name].arn if name in self.secrets else ""


def make_credentials(
    name: str, args: VpnBastionArgs, key: EncryptionKey, parent: pulumi.ComponentResource
) -> Credentials:
    """Make all credentials. The resources of a person contain their name, and are deleted with them."""
    opts = pulumi.ResourceOptions(parent=parent)
    # Names of people contain no dot, so they cannot be mistaken for the server.
    server_name = f"{name}.server"
    authority = Authority(
        f"{name}-authority", AuthorityArgs(common_name=f"{name} authority", organization=args.tags.owner), opts
    )
    server = authority.issue_server(server_name)
    tls_crypt_raw = _key(f"{name}-tls-crypt", tls_crypt.SERVER_KEY_BYTES, opts)
    host_keys = {
        "ed25519": tls.PrivateKey(f"{name}-host-ed25519", algorithm="ED25519", opts=opts),
        "rsa": tls.PrivateKey(f"{name}-host-rsa", algorithm="RSA", rsa_bits=sshd.RSA_BITS, opts=opts),
    }
    members = {
        person.name: _member(name, person, args, authority=authority, server_raw=tls_crypt_raw, opts=opts)
        for person in args.people
    }
    contents: dict[str, Mapping[str, Any]] = {
        "server": {
            "ca": authority.certificate_pem,
            "certificate": server.certificate_pem,
            "key": server.private_key_pem,
            "tls_crypt_v2": tls_crypt_raw.apply(tls_crypt.server_key),
            **{f"ssh_{kind}": made.private_key_openssh for kind, made in host_keys.items()},
        },
        "people": {"people": {who: _entry(member) for who, member in members.items()}},
    }
    if isinstance(args.mfa, Duo):
        contents["duo"] = {"secret_key": args.mfa.secret_key}
    secrets, versions = {}, []
    for role, content in contents.items():
        secrets[role] = aws.secretsmanager.Secret(
            f"{name}-{role}",
            description=f"VPN bastion {name}: {role}",
            kms_key_id=key.arn,
            recovery_window_in_days=RECOVERY_DAYS,
            tags=args.tags.named(f"{name}-{role}"),
            opts=opts,
        )
        text = pulumi.Output.secret(pulumi.Output.json_dumps(content, sort_keys=True))
        versions.append(
            aws.secretsmanager.SecretVersion(
                f"{name}-{role}", secret_id=secrets[role].id, secret_string=text, opts=opts
            )
        )
    return Credentials(
        server_name=server_name,
        authority=authority,
        members=members,
        host_keys=host_keys,
        secrets=secrets,
        versions=versions,
    )


def _key(name: str, length: int, opts: pulumi.ResourceOptions) -> pulumi.Output[bytes]:
    """Random bytes, as a secret.

    RandomBytes would make them as well, but its ID, which is not secret, contains them. The 64 characters of base64
    make a password of the same strength, and RandomPassword's ID is `none`.
    """
    characters = -(-length // 3) * 4
    made = random.RandomPassword(name, length=characters, override_special=BASE64_SIGNS, opts=opts)
    return pulumi.Output.secret(made.result).apply(lambda text: base64.b64decode(text)[:length])


def _seed(name: str, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """A TOTP seed in base32, as a secret."""
    made = random.RandomPassword(
        name, length=SEED_LETTERS, lower=False, numeric=False, override_special=BASE32_DIGITS, opts=opts
    )
    return pulumi.Output.secret(made.result)


def _member(
    name: str,
    person: Person,
    args: VpnBastionArgs,
    *,
    authority: Authority,
    server_raw: pulumi.Output[bytes],
    opts: pulumi.ResourceOptions,
) -> Member:
    own_raw = _key(f"{name}-{person.name}-tls-crypt", tls_crypt.CLIENT_KEY_BYTES, opts)
    seed = _seed(f"{name}-{person.name}-totp", opts) if isinstance(args.mfa, Totp) else None
    return Member(
        person=person,
        issued=authority.issue_client(person.name, person.vpn_certificate_request),
        tls_crypt_v2=pulumi.Output.all(server_raw, own_raw).apply(
            lambda raw: tls_crypt.client_key(raw[0], raw[1], person.name)
        ),
        totp=seed,
    )


def _entry(member: Member) -> dict[str, pulumi.Input[str]]:
    """The bastion's record of a person (components/bastion/agent/access.py)."""
    entry: dict[str, pulumi.Input[str]] = {
        "role": member.person.role,
        "key": member.issued.certificate_pem.apply(key_fingerprint),
        "ssh_key": member.person.ssh_key.strip(),
        "expires": member.issued.expires,
    }
    if member.totp is not None:
        entry["totp"] = member.totp
    return entry


def profile(credentials: Credentials, member: Member, address: pulumi.Input[str], port: int) -> pulumi.Output[str]:
    """A person's complete .ovpn file, as a secret: it contains their tls-crypt-v2 key, and any key made here."""

    def rendered(known: dict[str, Any]) -> str:
        return openvpn.render_client(
            openvpn.ClientOptions(
                port=port, server_name=credentials.server_name, key_file=f"{member.person.name}.key", **known
            )
        )

    return pulumi.Output.secret(
        pulumi.Output.all(
            address=address,
            ca=credentials.authority.certificate_pem,
            certificate=member.issued.certificate_pem,
            key=member.issued.private_key_pem,
            tls_crypt_v2=member.tls_crypt_v2,
        ).apply(rendered)
    )


def enrolment(name: str, member: Member) -> pulumi.Output[str] | None:
    """The otpauth:// URI for a person's authenticator application, shown as a QR code; a secret."""
    if member.totp is None:
        return None
    issuer = urllib.parse.quote(name)
    return pulumi.Output.secret(
        member.totp.apply(
            lambda seed: (
                f"otpauth://totp/{issuer}:{member.person.name}?secret={seed}&issuer={issuer}"
                "&algorithm=SHA1&digits=6&period=30"
            )
        )
    )


def known_hosts(credentials: Credentials, address: str) -> pulumi.Output[str]:
    """The lines for people's known_hosts file, which replace trust on first use (SSH-CFG)."""
    keys = [made.public_key_openssh for made in credentials.host_keys.values()]
    return pulumi.Output.all(*keys).apply(lambda texts: "".join(f"{address} {text.strip()}\n" for text in texts))
