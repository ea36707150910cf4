"""A policy about kubelet configuration in user data (INH-4).

EKS's AMIs configure the kubelet as CIS requires (awslabs/amazon-eks-ami 81fec2e8, nodeadm/internal/kubelet/config.go,
read on 2026-11-28); user data can change it: with flags of bootstrap.sh, `kubelet.config` of nodeadm's NodeConfig,
settings of Bottlerocket, or jq on the file itself.
"""

from __future__ import annotations

import re
from typing import Final

from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.rules.compute.instances import ALL_LAUNCHERS
from policies.rules.compute.user_data import each_text, matching


def _said(flag: str, field: str, value: str) -> re.Pattern[str]:
    """Patterns of a setting as a flag, YAML, JSON, TOML or jq; comments do not count."""
    texts = rf"--{flag}[=\s]+[\"']?(?:{value})|\b(?:{field})[\"']?\s*[:=]\s*[\"']?(?:{value})"
    return re.compile(rf"^[^#\n]*(?:{texts})", re.IGNORECASE | re.MULTILINE)


OFF: Final = r"false\b"
NESTED: Final = r"[\"']?\s*[:.]\s*\{?\s*[\"']?"
WEAKENED: Final = {
    "requests without authentication": _said("anonymous-auth", rf"anonymous{NESTED}enabled", r"true\b"),
    "every request allowed": _said("authorization-mode", "mode|authorization-mode", "AlwaysAllow"),
    "no authority for clients' certificates": _said("client-ca-file", "clientCAFile", r"(?<=[\"'])[\"']|none\b"),
    "the port without authentication": _said("read-only-port", "readOnlyPort", "[1-9]"),
    "connections that stay open": _said(
        "streaming-connection-idle-timeout", "streamingConnectionIdleTimeout", r"0+[hms]?(?![\w.])"
    ),
    "no chains of iptables": _said("make-iptables-util-chains", "makeIPTablesUtilChains", OFF),
    "certificates that are not renewed": _said("rotate-certificates", "rotateCertificates", OFF),
    "a server's certificate that nobody signed": _said(
        "rotate-server-certificates", "RotateKubeletServerCertificate|serverTLSBootstrap|server-tls-bootstrap", OFF
    ),
    "kernel settings that pods change": _said("protect-kernel-defaults", "protectKernelDefaults", OFF),
}
"""What is weaker than CIS asks -> how user data says it."""
HINT: Final = re.compile("anonymous|AlwaysAllow|client-?ca|read-?only-?port|idle-?timeout|false", re.IGNORECASE)
AS_INSTALLED: Final = "the kubelet as the machine image configures it"


def weakened(text: str) -> list[str]:
    """The kubelet settings that a text, or its packed content, weakens."""
    return matching(text, WEAKENED, HINT)


KUBELET = Policy(
    id="kubelet-not-weakened",
    requirement="INH-4",
    types=ALL_LAUNCHERS,
    level=MANDATORY,
    severity=HIGH,
    description="User data does not weaken the kubelet: who may call it, its certificates, what it protects.",
    fix="leave the flag or the field out: EKS's machine images set it",
    rule=each_text(weakened, AS_INSTALLED),
)

POLICIES = (KUBELET,)
