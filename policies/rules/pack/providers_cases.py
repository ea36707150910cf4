"""Cases of providers.py."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.pack.providers import SETTINGS

_ROLE: Final = "arn:aws:iam::210987654321:role/deploy"
_EXEC: Final = {"command": "aws", "args": ["eks", "get-token", "--cluster-name", "shop"]}
_YAML: Final = """apiVersion: v1
clusters:
- cluster:
    insecure-skip-tls-verify: true
    server: https://10.0.0.1
users:
- name: ada
  user: {exec: {command: aws}}
"""


def _aws(**props: Any) -> Item:
    return Item(type="pulumi:providers:aws", props={"region": "eu-central-1", "version": "7.51.1", **props})


def _kubernetes(user: dict[str, Any], **cluster: Any) -> Item:
    config = {
        "clusters": [{"name": "shop", "cluster": {"server": "https://x.eks.amazonaws.com", **cluster}}],
        "users": [{"name": "shop", "user": user}],
    }
    return Item(type="pulumi:providers:kubernetes", props={"kubeconfig": json.dumps(config)})


_OURS: Final = {"accounts": ["210987654321"]}
_ROLES: Final = {"assumeRoles": json.dumps([{"roleArn": _ROLE}])}

CASES: dict[str, tuple[Case, ...]] = {
    SETTINGS.id: (
        ok("region", _aws()),
        ok(
            "defaults_of_the_sdk",
            _aws(skipCredentialsValidation="false", skipRegionValidation="true", insecure="false"),
        ),
        ok("role_of_a_listed_account", _aws(**_ROLES), settings=_OURS),
        ok("role_of_its_own_account", _aws(**_ROLES, allowedAccountIds='["210987654321"]')),
        ok("kubeconfig_of_eks", _kubernetes({"exec": _EXEC})),
        ok("kubeconfig_by_path", Item(type="pulumi:providers:kubernetes", props={"kubeconfig": "~/.kube/config"})),
        ok("random", Item(type="pulumi:providers:random", props={"version": "4.21.4"})),
        fail("endpoint", _aws(endpoints=json.dumps([{"sts": "https://example.org"}])), at="endpoints"),
        fail("access_key", _aws(accessKey="AKIA", secretKey="x"), at="accessKey"),
        fail("proxy", _aws(httpsProxy="http://10.0.0.1:3128"), at="httpsProxy"),
        fail("certificates_unverified", _aws(insecure="true"), at="insecure"),
        fail("credentials_unverified", _aws(skipCredentialsValidation=True), at="skipCredentialsValidation"),
        fail("credentials_in_the_repository", _aws(sharedCredentialsFiles='["./keys"]'), at="sharedCredentialsFiles"),
        fail("role_of_any_account", _aws(**_ROLES), at="assumeRoles[0].roleArn"),
        fail(
            "role_of_another_account",
            _aws(**_ROLES),
            at="assumeRoles[0].roleArn",
            settings={"accounts": ["123456789012"]},
        ),
        fail("token", _kubernetes({"token": "eyJ"}), at="kubeconfig"),
        fail("client_key", _kubernetes({"client-key-data": "LS0t"}), at="kubeconfig"),
        fail("any_command", _kubernetes({"exec": {"command": "/bin/sh"}}), at="kubeconfig"),
        fail("unverified", _kubernetes({"exec": _EXEC}, **{"insecure-skip-tls-verify": True}), at="kubeconfig"),
        fail("without_tls", _kubernetes({"exec": _EXEC}, server="http://10.0.0.1"), at="kubeconfig"),
        fail("in_yaml", Item(type="pulumi:providers:kubernetes", props={"kubeconfig": _YAML}), at="kubeconfig"),
        fail(
            "objects_as_files",
            Item(type="pulumi:providers:kubernetes", props={"renderYamlToDirectory": "out"}),
            at="renderYamlToDirectory",
        ),
        unknown(
            "of_a_cluster_that_is_made_with_it", Item(type="pulumi:providers:kubernetes", props={"kubeconfig": UNKNOWN})
        ),
        unknown("endpoint_decided_later", _aws(endpoints=UNKNOWN)),
    ),
}
