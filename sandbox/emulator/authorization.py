"""IAM's authorization of requests signed with the access key of an IAM user.

The sandbox's own credentials, and sessions of roles, belong to no IAM user here, and may do everything. An IAM user's
access key is authorized by the user's identity-based policies, as in AWS: an explicit Deny wins, and the default is
deny. Requested resources are not evaluated: a Deny for some resources only is ignored, and an Allow for some is applied
to every resource. The supported condition keys are `aws:username` and those of NETWORK; `aws:MultiFactorAuthPresent` is
absent, as AWS documents it for long-term credentials.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from moto.backends import get_backend

from sandbox.emulator.errors import AwsError

ALWAYS_ALLOWED: Final = frozenset({"sts:GetCallerIdentity"})
PREFIXES: Final[Mapping[str, str]] = {"monitoring": "cloudwatch"}
"""Signing name -> prefix of the service's actions, where they differ."""
ACTIONS: Final[Mapping[str, str]] = {
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:CopyObject": "s3:PutObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:UploadPart": "s3:PutObject",
}
"""Operation -> the action that it takes, where the names differ (Amazon S3 API Reference, "Permissions" of each)."""
CODES: Final[Mapping[str, str]] = {"ec2": "UnauthorizedOperation"}
CODES_BY_PROTOCOL: Final[Mapping[str, str]] = {"json": "AccessDeniedException", "rest-json": "AccessDeniedException"}
IF_EXISTS: Final = "IfExists"
NETWORK: Final[dict[str, str]] = {}
"""Condition keys of the network that requests come from: none on this machine, which is in no VPC."""
NEGATED: Final = ("StringNot", "ArnNot", "NumericNot", "DateNot", "NotIp")


def refusal(account: str, access_key: str, signing_name: str, operation: str, protocol: str) -> AwsError | None:
    """The error for a request that its caller may not make; None if it is allowed."""
    iam = get_backend("iam")[account]["aws"]
    user = iam.get_user_from_access_key_id(access_key)
    called = f"{PREFIXES.get(signing_name, signing_name)}:{operation}"
    action = ACTIONS.get(called, called)
    if user is None or action in ALWAYS_ALLOWED:
        return None
    context = {"aws:username": user.name, **NETWORK}
    effects = {statement["Effect"] for statement in _statements(iam, user) if _applies(statement, action, context)}
    if "Deny" not in effects and "Allow" in effects:
        return None
    why = "with an explicit deny in an identity-based policy"
    if "Deny" not in effects:
        why = f"because no identity-based policy allows the {action} action"
    code = CODES.get(signing_name) or CODES_BY_PROTOCOL.get(protocol, "AccessDenied")
    return AwsError(code, f"User: {user.arn} is not authorized to perform: {action} {why}")


def _statements(iam: Any, user: Any) -> Iterator[dict[str, Any]]:
    """All statements of the user's and their groups' policies."""
    holders = [user, *iam.get_groups_for_user(user.name)]
    for holder in holders:
        versions = [
            version for policy in holder.managed_policies.values() for version in policy.versions if version.is_default
        ]
        for text in (*holder.policies.values(), *(version.document for version in versions)):
            document = json.loads(text) if isinstance(text, str) else text
            yield from _many(document["Statement"])


def _applies(statement: Mapping[str, Any], action: str, context: Mapping[str, str]) -> bool:
    if statement["Effect"] == "Deny" and "*" not in _many(statement.get("Resource", "*")):
        return False
    named = _many(statement.get("Action", statement.get("NotAction")))
    if _any(action, named) != ("Action" in statement):
        return False
    return all(
        _holds(operator, context.get(key), _many(wanted))
        for operator, keys in (statement.get("Condition") or {}).items()
        for key, wanted in keys.items()
    )


def _holds(operator: str, found: str | None, wanted: list[Any]) -> bool:
    """Whether a condition matches; an absent key matches a negated operator, `IfExists`, and `Null: true`."""
    name = operator.rpartition(":")[2]
    if name == "Null":
        return ([str(each).lower() for each in wanted] == ["true"]) is (found is None)
    negated = name.startswith(NEGATED)
    if found is None:
        return negated or name.endswith(IF_EXISTS)
    return _any(found, [str(each) for each in wanted]) is not negated


def _any(text: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(text.lower(), pattern.lower()) for pattern in patterns)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
