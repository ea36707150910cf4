"""Generate the list of properties that hold IAM documents, from the AWS SDK: `python -m tools.aws_documents`.

Every text property with policy in its name is classified here. Properties outside the tables below count as resource
policies, so that a new type of the SDK is evaluated until it is classified.
"""

from __future__ import annotations

import json
import re
import types
import typing
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pulumi_aws
from pulumi import _types as sdk

from sandbox.providers.schema import resource_type

FILE: Final = Path(__file__).parent.parent / "policies" / "rules" / "iam" / "facts" / "documents.json"
TOKEN: Final = re.compile(r'"(aws:[\w./-]+:\w+)"')
NAMED: Final = re.compile(r"polic(?:y|ies)(?:document|template|text|body)?$", re.IGNORECASE)
LEVELS: Final = 2
"""How deep documents are looked for: `inlinePolicies.policy`."""

OTHER: Final = "other"
"""What is no IAM document, or only narrows one. The file leaves it out."""
CLASSES: Final[Mapping[str, frozenset[str]]] = {
    "identity": frozenset(
        {
            "aws:iam/groupPolicy:GroupPolicy",
            "aws:iam/policy:Policy",
            "aws:iam/role:Role inlinePolicies.policy",
            "aws:iam/rolePolicy:RolePolicy",
            "aws:iam/userPolicy:UserPolicy",
            "aws:iot/policy:Policy",
            "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy",
        }
    ),
    "trust": frozenset({"aws:iam/role:Role assumeRolePolicy"}),
    "endpoint": frozenset(
        {"aws:ec2/vpcEndpoint:VpcEndpoint", "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy", "aws:odb/network:Network"}
    ),
    "key": frozenset({"aws:kms/"}),
    "bucket": frozenset({"aws:s3/", "aws:s3control/", "aws:s3tables/", "aws:fsx/s3AccessPointAttachment"}),
    OTHER: frozenset(
        {
            # Session policies, which only restrict.
            "aws:eks/podIdentityAssociation:PodIdentityAssociation",
            "aws:rolesanywhere/profile:Profile",
            "aws:transfer/access:Access",
            "aws:transfer/user:User",
            # Other languages and formats: Guard, Cedar, data protection, indexes, networks, lifecycles, templates.
            "aws:cfg/",
            "aws:cloudformation/stack:Stack",
            "aws:cloudwatch/logAccountPolicy:LogAccountPolicy",
            "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy",
            "aws:cloudwatch/logIndexPolicy:LogIndexPolicy",
            "aws:ecr/lifecyclePolicy:LifecyclePolicy",
            "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate lifecyclePolicy",
            "aws:networkmanager/",
            "aws:opensearch/serverless",
            "aws:ram/permission:Permission",
            "aws:sns/dataProtectionPolicy:DataProtectionPolicy",
            "aws:verifiedaccess/",
            "aws:workspacesweb/",
            # Names of policies, and words.
            "aws:dlm/lifecyclePolicy:LifecyclePolicy",
            "aws:iot/policyAttachment:PolicyAttachment",
            "aws:kendra/index:Index",
            "aws:quicksight/dataSet:DataSet",
            "aws:ses/receiptFilter:ReceiptFilter",
            "aws:storagegateway/",
            "aws:transfer/webApp:WebApp",
        }
    ),
}
"""Class -> beginnings of `type property`. The rest are policies of resources."""
WORDS: Final = re.compile(
    r"(?i)(?:ssl|security|tls|alpn|routing|termination|autoscaling|import|snapshot|protection|pull|dns|protocol|https|"
    r"sizing|padding|cors|failure|referrer|propagation|deletion|update|archive|delivery|filter|redrive|replay|"
    r"redriveallow|exception|usage|viewer|scaling|rebalance|restart|enforcement|capacity|storage)polic(?:y|ies)$"
)
"""Policies that are one word, or queues' and topics' own settings."""
ELSEWHERE: Final = {
    "aws:organizations/resourcePolicy:ResourcePolicy": {"content": "resource"},
}
"""Documents that are called otherwise."""


def documents() -> dict[str, dict[str, str]]:
    """Type -> path of a property -> the kind of its document."""
    with open(str(pulumi_aws.__file__), encoding="utf-8") as source:
        tokens = sorted(set(TOKEN.findall(source.read())))
    found: dict[str, dict[str, str]] = {}
    for token in tokens:
        kind = resource_type(token)
        paths = _paths(kind.inputs) if kind else ()
        if classified := {path: _class(f"{token} {path}") for path in sorted(set(paths))}:
            found[token] = classified
    return {**found, **ELSEWHERE}


def _class(named: str) -> str:
    if WORDS.search(named):
        return OTHER
    return next(
        (name for name, starts in CLASSES.items() if any(named.startswith(start) for start in starts)), "resource"
    )


def _paths(inputs: Mapping[str, Any], above: str = "", level: int = 1) -> Iterator[str]:
    for name, type_ in inputs.items():
        if NAMED.search(name) and _may_be_text(type_):
            yield f"{above}{name}"
        if level < LEVELS:
            for inner in _inputs_within(type_):
                yield from _paths(sdk.input_type_types(inner), f"{above}{name}.", level + 1)


def _may_be_text(type_: Any) -> bool:
    if typing.get_origin(type_) in (typing.Union, types.UnionType):
        return any(_may_be_text(arg) for arg in typing.get_args(type_))
    return type_ is str


def _inputs_within(type_: Any) -> Iterator[Any]:
    if typing.get_origin(type_) is not None:
        for arg in typing.get_args(type_):
            yield from _inputs_within(arg)
    elif isinstance(type_, type) and sdk.is_input_type(type_):
        yield type_


def text() -> str:
    """The content of the file."""
    judged = {
        token: kept
        for token, paths in documents().items()
        if (kept := {path: name for path, name in paths.items() if name != OTHER})
    }
    return (
        json.dumps({"source": f"pulumi_aws {version('pulumi-aws')}", "types": judged}, indent=1, sort_keys=True) + "\n"
    )


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
