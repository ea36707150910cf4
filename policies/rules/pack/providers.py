"""The policy about providers: API endpoint, credentials and plugin (INH-4, TLS-INT).

Only listed properties may be set: a custom endpoint, proxy or CA would receive every request and secret of the stack,
and credentials in a property are stored in its state.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.iam.foreign import LISTED

_AWS: Final = """allowedAccountIds assumeRoleWithWebIdentity assumeRoles defaultTags ec2MetadataServiceEndpointMode
    forbiddenAccountIds ignoreTags maxRetries noProxy profile region retryMode s3UsEast1RegionalEndpoint s3UsePathStyle
    skipMetadataApiCheck skipRegionValidation stsRegion tagPolicyCompliance tokenBucketRateLimiterCapacity
    useDualstackEndpoint useFipsEndpoint userAgents"""
_KUBERNETES: Final = """alwaysRender cluster clusterIdentifier context deleteUnreachable enableConfigMapMutable
    enablePatchForce enableSecretMutable enableServerSideApply kubeClientSettings kubeconfig namespace
    skipUpdateUnreachable suppressDeprecationWarnings suppressHelmHookWarnings upsertExistingObjects"""
ALLOWED: Final = {
    f"pulumi:providers:{package}": frozenset(names.split())
    for package, names in (
        ("aws", _AWS),
        ("aws-native", f"{_AWS} autoNaming"),
        ("awscc", _AWS),
        ("kubernetes", _KUBERNETES),
        ("random", ""),
        ("tls", ""),
    )
}
"""Provider -> the properties that may be set; others only to false or nothing. The SDKs of 2026-11-28 have them."""
VERSION: Final = "version"
INTERNAL: Final = "__internal"
"""What the engine keeps beside a provider's own properties: where its plugin comes from, and what it is made into.

It shows this to no pack (SkipInternalKeys in pkg/resource/plugin/analyzer_plugin.go of pulumi, seen with 3.259.0), so
that only `check` reads it, in states and previews.
"""
FOREIGN_PLUGIN: Final = ("pluginDownloadURL", "parameterization")
ROLES: Final = ("assumeRoles", "assumeRoleWithWebIdentity")
ROLE: Final = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/.+", re.DOTALL)

_KEY: Final = r"""(?:^|[\s{{,"'])({})["']?\s*:\s*["']?"""
CREDENTIAL: Final = re.compile(
    _KEY.format("token|tokenFile|password|client-key|client-key-data|auth-provider") + r"""[^\s"']"""
)
UNVERIFIED: Final = re.compile(_KEY.format("insecure-skip-tls-verify|proxy-url") + r"(?!false)\w")
PLAIN: Final = re.compile(_KEY.format("server") + r"(?!https://)\w")
COMMAND: Final = re.compile(_KEY.format("command") + r"([^\s\"',}]+)")
COMMANDS: Final = frozenset({"aws", "aws-iam-authenticator"})
"""Programs that a kubeconfig may run: they get a token of EKS."""


def _settings(resource: Resource) -> Iterator[Violation]:
    allowed = ALLOWED[resource.type]
    fields = resource.props.fields()
    for name in sorted(fields.keys() - allowed - {VERSION, INTERNAL}):
        with resource.isolate():
            if fields[name].is_object or fields[name].is_list or fields[name].text() not in (None, "", "false"):
                yield violation(fields[name], "a property that is not allowed", f"only {', '.join(sorted(allowed))}")
    yield from _plugin(resource)
    yield from _roles(resource)
    if "kubeconfig" in allowed:
        yield from _kubeconfig(resource.props["kubeconfig"])


def _plugin(resource: Resource) -> Iterator[Violation]:
    for name in FOREIGN_PLUGIN:
        value = resource.props[INTERNAL][name]
        if value.present:
            yield violation(value, "a plugin from elsewhere", "the plugin that Pulumi publishes for this package")


def _roles(resource: Resource) -> Iterator[Violation]:
    listed = {one.text() for one in resource.settings["accounts"].items()}
    if not listed:
        listed = {one.text() for one in _decoded(resource.props["allowedAccountIds"])}
    for name in ROLES:
        with resource.isolate():
            for role in _decoded(resource.props[name]):
                with resource.isolate():
                    arn = role["roleArn"]
                    match = ROLE.fullmatch(arn.text() or "")
                    if arn.present and (match is None or match[1] not in listed):
                        required = "a role of an account in the setting accounts or in allowedAccountIds"
                        yield violation(arn, arn.text() or "nothing", required)


def _decoded(value: Value) -> list[Value]:
    """A list, or a single object: the SDKs send nested provider properties as JSON text."""
    whole = value if value.is_list else value.document()
    return whole.one_or_more() if whole.present else []


def _kubeconfig(value: Value) -> Iterator[Violation]:
    """The content of a kubeconfig, in JSON or YAML. A path is allowed: the file is outside the stack."""
    text = value.text() or ""
    for pattern, required in (
        (CREDENTIAL, "no credential: an exec plugin that gets a token"),
        (UNVERIFIED, "a server whose certificate is verified, without a proxy"),
        (PLAIN, "a server by https"),
    ):
        for name in dict.fromkeys(pattern.findall(text)):
            yield violation(value, f"{name} in the kubeconfig", required)
    for _, command in COMMAND.findall(text):
        if command not in COMMANDS:
            yield violation(value, f"the command {command}", f"one of {', '.join(sorted(COMMANDS))}")


SETTINGS: Final = Policy(
    id="provider-settings",
    requirement="INH-4 TLS-INT",
    types=frozenset(ALLOWED),
    level=MANDATORY,
    severity=HIGH,
    description="Providers call the real APIs over verified TLS, with credentials from outside the stack.",
    fix="remove the property; take credentials from the environment, and list accounts of roles in accounts",
    rule=_settings,
    settings=LISTED,
)

POLICIES = (SETTINGS,)
