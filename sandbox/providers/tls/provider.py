"""The stand-in `tls` provider: real keys, requests and certificates, made with `cryptography`.

It behaves as pulumi-tls 5.6.2 with terraform-provider-tls 4.2.1 on Go's crypto/x509 does (sandbox/providers/README.md).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from typing import Any, Final

from sandbox.providers.base import UNKNOWN, CheckFailure
from sandbox.providers.state_only import Maker, StateOnlyProvider
from sandbox.providers.tls.certificates import (
    EXTENDED_USES,
    KEY_USES,
    make_locally_signed,
    make_request,
    make_self_signed,
)
from sandbox.providers.tls.keys import ALGORITHMS, CURVES, make_key
from sandbox.providers.values import is_unknown

PEM: Final = re.compile(r"-----BEGIN [A-Za-z ]+-----\n(.|\s)+\n-----END [A-Za-z ]+-----\n?")
"""common.go, requireReplaceIfStateContainsPEMString."""
LEAST: Final = {"validityPeriodHours": 0, "earlyRenewalHours": 0, "maxPathLength": -1}
KNOWN: Final[dict[str, Collection[str]]] = {
    "algorithm": ALGORITHMS,
    "ecdsaCurve": CURVES,
    "allowedUses": {**KEY_USES, **EXTENDED_USES},
}


def refused(inputs: dict[str, Any]) -> list[CheckFailure]:
    """The errors of the provider's validators for the inputs."""
    failures = [
        CheckFailure(name, f"must be at least {least}")
        for name, least in LEAST.items()
        if not is_unknown(value := inputs.get(name, least)) and int(value) < least
    ]
    for name, known in KNOWN.items():
        given = inputs.get(name, [])
        failures += [
            CheckFailure(name, f"{value} is none of {', '.join(known)}")
            for value in (given if isinstance(given, list) else [given])
            if not is_unknown(value) and value not in known
        ]
    return failures


def in_place(name: str, old: Any) -> bool:
    """Whether a change keeps the certificate: of the early renewal, or of a text that was not a plain PEM block."""
    return name == "earlyRenewalHours" or (name.endswith("Pem") and not PEM.fullmatch(str(old)))


def due(outputs: dict[str, Any]) -> bool:
    """Whether a certificate is due for early renewal."""
    early = dt.timedelta(hours=int(outputs["earlyRenewalHours"]))
    return dt.datetime.now(dt.UTC) >= dt.datetime.fromisoformat(outputs["validityEndTime"]) - early


def planned(inputs: dict[str, Any]) -> dict[str, Any]:
    """The planned value of the renewal: only whether it is always due."""
    hours, early = inputs["validityPeriodHours"], inputs["earlyRenewalHours"]
    if is_unknown(hours) or is_unknown(early):
        return {"readyForRenewal": UNKNOWN}
    return {"readyForRenewal": int(hours) == 0 or int(early) >= int(hours)}


CERTIFICATE: Final = ("certPem", "validityStartTime", "validityEndTime")
CERTIFICATE_DEFAULTS: Final = {"isCaCertificate": False, "setSubjectKeyId": False, "earlyRenewalHours": 0}
MAKERS: Final = {
    "tls:index/privateKey:PrivateKey": Maker(
        make_key,
        (
            "privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh", "publicKeyPem", "publicKeyOpenssh",
            "publicKeyFingerprintMd5", "publicKeyFingerprintSha256",
        ),
        {"rsaBits": 2048, "ecdsaCurve": "P224"},
        refused=refused,
    ),
    "tls:index/certRequest:CertRequest": Maker(make_request, ("certRequestPem", "keyAlgorithm"), in_place=in_place),
    "tls:index/selfSignedCert:SelfSignedCert": Maker(
        make_self_signed,
        (*CERTIFICATE, "keyAlgorithm"),
        {**CERTIFICATE_DEFAULTS, "setAuthorityKeyId": False},
        frozenset({"maxPathLength"}),
        planned,
        refused,
        in_place,
        due,
    ),
    "tls:index/locallySignedCert:LocallySignedCert": Maker(
        make_locally_signed,
        (*CERTIFICATE, "caKeyAlgorithm"),
        CERTIFICATE_DEFAULTS,
        frozenset({"maxPathLength"}),
        planned,
        refused,
        in_place,
        due,
    ),
}  # fmt: skip


class TlsProvider(StateOnlyProvider):
    """The tls types. A certificate is replaced when an input changes or its early renewal is due."""

    name, version = "tls", "5.6.2"
    makers = MAKERS

    def read(
        self, urn: str, type_: str, id_: str, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
        if "validityEndTime" in outputs and due(outputs):
            outputs = {**outputs, "readyForRenewal": True}
        return id_, inputs, outputs
