"""Cases of kubelets.py."""

from __future__ import annotations

import base64

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.compute.instances import INSTANCE, LAUNCH_TEMPLATE
from policies.rules.compute.kubelets import KUBELET

_NODE = """apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  kubelet:
    config:
      %s
    flags: ["--node-labels=team=web"]
"""
_HARDENED = """authentication: {anonymous: {enabled: false}}
      readOnlyPort: 0
      streamingConnectionIdleTimeout: 4h
      # protectKernelDefaults: false
      makeIPTablesUtilChains: true"""
_WEAK = {
    "anonymous": "authentication:\n        anonymous:\n          enabled: true",
    "always_allow": "authorization: {mode: AlwaysAllow}",
    "no_authority": 'authentication: {x509: {clientCAFile: ""}}',
    "read_only_port": "readOnlyPort: 10255",
    "no_timeout": "streamingConnectionIdleTimeout: 0s",
    "no_chains": "makeIPTablesUtilChains: false",
    "no_rotation": "rotateCertificates: false",
    "no_server_rotation": "featureGates: {RotateKubeletServerCertificate: false}",
    "kernel": "protectKernelDefaults: false",
}
_FLAGS = {
    "anonymous": "/etc/eks/bootstrap.sh pal --kubelet-extra-args '--anonymous-auth=true'",
    "always_allow": "/etc/eks/bootstrap.sh pal --kubelet-extra-args '--authorization-mode AlwaysAllow'",
    "jq": "jq '.authentication.anonymous.enabled=true' kubelet-config.json",
    "bottlerocket": '[settings.kubernetes]\nserver-tls-bootstrap = false\ncluster-name = "pal"',
    "json": '{"authentication": {"anonymous": {"enabled": true}}}',
}


def _with(data: object, type_: str = INSTANCE) -> Item:
    return Item(type=type_, props={"instanceType": "t4g.small", "userData": data})


def _packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


CASES: dict[str, tuple[Case, ...]] = {
    KUBELET.id: (
        ok("hardened", _with(_NODE % _HARDENED)),
        ok("no_user_data", _with(None)),
        ok("flags", _with("/etc/eks/bootstrap.sh pal --kubelet-extra-args '--anonymous-auth=false --max-pods=9'")),
        *(fail(f"config_{name}", _with(_NODE % text), at="userData") for name, text in _WEAK.items()),
        *(fail(f"said_by_{name}", _with(text), at="userData") for name, text in _FLAGS.items()),
        fail("in_base64", _with(_packed(_NODE % _WEAK["anonymous"]), LAUNCH_TEMPLATE), at="userData"),
        unknown("decided_later", _with(UNKNOWN)),
    ),
}
