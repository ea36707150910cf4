"""A recorded bastion, for its tests: keys and certificates are real, so that tests can inspect derived values."""

from __future__ import annotations

import base64
import functools
import gzip
import json
from typing import Any

import pulumi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from components.bastion import Duo, VpnBastion, VpnBastionArgs
from components.people import Person
from sandbox.providers.mocks import Registered, Run
from sandbox.providers.random import RandomProvider
from sandbox.providers.tls.provider import TlsProvider
from tests.support.program import recorded
from tests.support.program.recorded import CONTEXT, TAGS, record, ssh_key

SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEVPbdXA/btl/AuHIKgCGC9BZhbCT6J5MJEGMRSpPhZk"


DUO = Duo(api_host="api-0123abcd.duosecurity.com", integration_key="DIAAAAAAAAAAAAAAAAAA", secret_key="hush-hush-duo")
SEED = base64.b32encode(b"12345678901234567890").decode()
"""Of RFC 6238's appendix."""
GOOD = {
    "role": "admin",
    "key": "0" * 64,
    "ssh_key": SSH_KEY,
    "expires": "2027-02-22T04:23:14+00:00",
    "totp": SEED,
}


def people(**changes: Any) -> str:
    """The list of people as the bastion receives it: ada, with some fields changed; None removes a field."""
    fields = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    return json.dumps({"people": {"ada": fields}})


@functools.cache
def request(name: str, curve: str = "secp384r1") -> str:
    """A certificate request; its key is discarded."""
    key = ec.generate_private_key({"secp384r1": ec.SECP384R1, "secp521r1": ec.SECP521R1}[curve]())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signed = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA384())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def person(name: str, role: Any, *, own_key: bool = True) -> Person:
    """A person, with a certificate request or with a generated key."""
    return Person(
        name=name,
        email=f"{name}@example.org",
        role=role,
        iam_principal=f"arn:aws:iam::123456789012:role/{name}",
        ssh_key=ssh_key(name),
        vpn_certificate_request=request(name) if own_key else None,
        generate_vpn_key=not own_key,
    )


PEOPLE = (person("ada", "admin"), person("grace", "operator", own_key=False), person("lin", "viewer"))


def arguments(**changes: Any) -> VpnBastionArgs:
    """The arguments with which __main__ creates a bastion in a network."""
    given: dict[str, Any] = {
        "context": CONTEXT,
        "tags": TAGS,
        "people": PEOPLE,
        "vpc_id": "vpc-1",
        "public_subnet_ids": {"b": "subnet-b", "a": "subnet-a"},
        "private_cidrs": ["10.40.16.0/20", "10.40.32.0/20"],
        "resolver": "10.40.0.2",
        "topic_arn": "arn:aws:sns:eu-central-1:123456789012:alarms",
    }
    return VpnBastionArgs(**{**given, **changes})


@functools.cache
def _made(type_: str, _name: str, inputs: str) -> dict[str, Any]:
    return MADE_BY[type_].create("", type_, json.loads(inputs), preview=False, timeout=0)[1]


def _making(type_: str) -> Any:
    return lambda name, inputs: _made(type_, name, json.dumps(inputs, sort_keys=True))


MADE_BY = {type_: provider for provider in (RandomProvider(), TlsProvider()) for type_ in provider.makers}
INVENTED = {**recorded.INVENTED, **{type_: _making(type_) for type_ in MADE_BY}}


def recorded_with(*, known: bool = True, **changes: Any) -> tuple[Run, dict[str, Any]]:
    """All resources of a bastion, and its outputs: name to value and whether it is a secret."""
    outputs: dict[str, Any] = {}

    def program() -> pulumi.Output[Any]:
        made = VpnBastion("vpn", arguments(**changes))
        asked = {"endpoint": made.endpoint, "known_hosts": made.known_hosts}
        asked |= {f"profile:{who}": text for who, text in made.profiles.items()}
        asked |= {f"enrolment:{who}": text for who, text in made.enrolments.items()}

        async def keep(name: str, output: pulumi.Output[Any]) -> bool:
            outputs[name] = (await output.future(), await output.is_secret())
            return True

        return pulumi.Output.all(*(pulumi.Output.from_input(keep(*each)) for each in asked.items()))

    return record(program, known=known, invented=INVENTED), outputs


def content(graph: Run, secret: str) -> dict[str, Any]:
    """The value of a secret of the bastion."""
    version = graph.named(f"vpn-{secret}", "secretsmanager/secretVersion:SecretVersion")
    return json.loads(version.inputs["secretString"])


def user_data(graph: Run) -> dict[str, Any]:
    """The cloud-config of the instance."""
    text = gzip.decompress(base64.b64decode(template(graph).inputs["userData"])).decode()
    assert text.startswith("#cloud-config\n")
    return json.loads(text.partition("\n")[2])


def template(graph: Run) -> Registered:
    """The launch template."""
    return graph.named("vpn-instance", "ec2/launchTemplate:LaunchTemplate")
