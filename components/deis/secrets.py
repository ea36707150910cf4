"""All generated secrets: in the state, and in Kubernetes Secrets that pods reference (INH-4).

Values are generated once and stay the same in every `pulumi up`. `rotation` regenerates the internal keys; the SSH host
keys and the administrator's password stay, because people know them.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random
import pulumi_tls as tls

from components.authority import Authority, AuthorityArgs
from components.certificate_rules import RENEW_DAYS, days_left, key_faults
from components.deis.args import DeisArgs
from components.deis.certificate_args import ExternalCertificate, ImportedCertificate
from components.deis.ffdhe import FFDHE3072_PEM
from components.deis.workload import meta
from components.faults import ArgumentError
from policies.guidelines.deis import DHPARAM_KEY, DHPARAM_NAME, PLATFORM_CERTIFICATE_NAME, STORAGE_SECRET

DJANGO: Final = "django-secret-key"
BUILDER_KEY: Final = "builder-key-auth"
SSH_HOST_KEYS: Final = "builder-ssh-private-keys"
DATABASE: Final = "database-creds"
OBJECT_STORAGE: Final = STORAGE_SECRET
REGISTRY: Final = "registry-secret"
ADMINISTRATOR: Final = "deis-administrator"
"""Names of Secrets; all but the last are Deis's own."""

RSA_BITS: Final = 4096
DJANGO_ITERATIONS: Final = 150_000
"""Django 2.2's own number; of another one, it would replace the hash at the first log-in."""


def make_secret(
    name: str, secret_name: str, values: Mapping[str, pulumi.Input[str]], opts: pulumi.ResourceOptions
) -> k8s.core.v1.Secret:
    """A Secret whose values are secret in the state as well, from any source."""
    return k8s.core.v1.Secret(
        f"{name}-{secret_name}",
        metadata=meta(secret_name),
        string_data={key: pulumi.Output.secret(value) for key, value in values.items()},
        type="Opaque",
        opts=opts,
    )


def make_password(
    name: str, opts: pulumi.ResourceOptions, *, length: int = 48, rotation: str | None = None
) -> pulumi.Output[str]:
    """Letters and digits only, since some parts of Deis put them into URLs and shells."""
    keepers = None if rotation is None else {"rotation": rotation}
    return random.RandomPassword(name, length=length, special=False, keepers=keepers, opts=opts).result


@functools.lru_cache(maxsize=4)
def django_hash(password: str, salt: str) -> str:
    """A password in the format of Django 2.2, the controller's version: PBKDF2 (django/contrib/auth/hashers.py)."""
    derived = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), DJANGO_ITERATIONS)
    return f"pbkdf2_sha256${DJANGO_ITERATIONS}${salt}${base64.b64encode(derived).decode()}"


@dataclass(frozen=True, kw_only=True)
class Generated:
    """The generated secrets, for resources that depend on them or use them."""

    administrator_password: pulumi.Output[str]
    for_controller: tuple[pulumi.Resource, ...]
    for_builder: tuple[pulumi.Resource, ...]
    for_router: tuple[pulumi.Resource, ...]
    authority_pem: pulumi.Output[str] | None
    """The CA that clients must trust; None: the certificate is not ours."""
    certificate_expires: pulumi.Output[str] | None


def make_secrets(
    name: str, args: DeisArgs, *, aws_opts: pulumi.ResourceOptions, opts: pulumi.ResourceOptions
) -> Generated:
    """Make the values at once (`aws_opts`) and the Secrets in the namespace (`opts`)."""
    django = make_secret(
        name,
        DJANGO,
        {"secret-key": make_password(f"{name}-django-key", aws_opts, length=64, rotation=args.rotation)},
        opts,
    )
    builder_key = make_secret(
        name,
        BUILDER_KEY,
        {"builder-key": make_password(f"{name}-builder-key", aws_opts, length=64, rotation=args.rotation)},
        opts,
    )
    # The provider writes PKCS #1 and SEC 1, the only formats that the builder's SSH server reads; it needs both keys.
    rsa = tls.PrivateKey(f"{name}-ssh-host-rsa", algorithm="RSA", rsa_bits=RSA_BITS, opts=aws_opts)
    ecdsa = tls.PrivateKey(f"{name}-ssh-host-ecdsa", algorithm="ECDSA", ecdsa_curve="P256", opts=aws_opts)
    host_keys = make_secret(
        name,
        SSH_HOST_KEYS,
        {"ssh-host-rsa-key": rsa.private_key_pem, "ssh-host-ecdsa-key": ecdsa.private_key_pem},
        opts,
    )
    password = make_password(f"{name}-administrator-password", aws_opts, length=32)
    # Kept in the state, so that the hash is the same in every run.
    salt = make_password(f"{name}-administrator-salt", aws_opts, length=22)
    hashed = pulumi.Output.all(password, salt).apply(lambda both: django_hash(*both))
    administrator = make_secret(
        name,
        ADMINISTRATOR,
        {"username": args.administrator_username, "email": args.administrator_email, "hash": hashed},
        opts,
    )
    dhparam = make_secret(name, DHPARAM_NAME, {DHPARAM_KEY: FFDHE3072_PEM}, opts)
    certificate, authority_pem, expires = _make_certificate(name, args, aws_opts, opts)
    controller: list[pulumi.Resource] = [django, builder_key, administrator]
    if args.registry is not None:
        values = {
            "hostname": args.registry.hostname,
            "organization": args.registry.organization,
            "username": args.registry.username,
            "password": args.registry.password,
        }
        controller.append(make_secret(name, REGISTRY, values, opts))
    return Generated(
        administrator_password=pulumi.Output.secret(password),
        for_controller=tuple(controller),
        for_builder=(builder_key, host_keys),
        for_router=(dhparam, *certificate),
        authority_pem=authority_pem,
        certificate_expires=expires,
    )


def _fitting(chain_pem: str, key_pem: str) -> str:
    """The key, if it matches the chain."""
    if faults := [fault.under("certificate", "private_key_pem") for fault in key_faults(chain_pem, key_pem)]:
        raise ArgumentError("DeisArgs", faults)
    return key_pem


def _make_certificate(
    name: str, args: DeisArgs, aws_opts: pulumi.ResourceOptions, opts: pulumi.ResourceOptions
) -> tuple[list[pulumi.Resource], pulumi.Output[str] | None, pulumi.Output[str] | None]:
    """The platform's certificate: its Secret, CA and expiry, where Deis manages them."""
    certificate = args.certificate
    if isinstance(certificate, ExternalCertificate):
        return [], None, None
    if isinstance(certificate, ImportedCertificate):
        if (left := days_left(certificate.chain_pem)) < RENEW_DAYS:
            pulumi.log.warn(f"the certificate of *.{args.domain} ends in {left} days: import the next (TLS-PUB)")
        key = pulumi.Output.secret(certificate.private_key_pem).apply(
            functools.partial(_fitting, certificate.chain_pem)
        )
        pair = {"tls.crt": certificate.chain_pem, "tls.key": key}
        return [make_secret(name, PLATFORM_CERTIFICATE_NAME, pair, opts)], None, None
    authority = Authority(
        f"{name}-authority",
        AuthorityArgs(common_name=f"Deis of {args.domain}", organization=certificate.organization),
        aws_opts,
    )
    issued = authority.issue_server(f"*.{args.domain}", [f"*.{args.domain}", args.domain])
    assert issued.private_key_pem is not None  # noqa: S101 (the authority makes the key of a server)
    chain = pulumi.Output.concat(issued.certificate_pem, authority.certificate_pem)
    pair = {"tls.crt": chain, "tls.key": issued.private_key_pem}
    secret = make_secret(name, PLATFORM_CERTIFICATE_NAME, pair, opts)
    return [secret], authority.certificate_pem, issued.expires
