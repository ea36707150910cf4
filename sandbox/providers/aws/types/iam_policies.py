"""IAM's policies: managed ones, inline ones, and their attachments."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Set
from typing import Any, ClassVar

from sandbox.providers.aws.client import Aws, AwsError, tag_list, tag_map
from sandbox.providers.aws.kind import Kind, Properties


def document(text: str) -> str:
    """A policy in IAM's format.

    Raises:
        AwsError: it is not JSON, or not a policy.
    """
    try:
        parsed = json.loads(text)
    except ValueError:
        raise AwsError("the policy is not JSON", "MalformedPolicyDocument") from None
    if not isinstance(parsed, dict) or not parsed.get("Statement"):
        raise AwsError("the policy has no statement", "MalformedPolicyDocument")
    return text


def policy_text(policy: Any) -> str:
    """A policy in IAM's response: decoded by boto3, or still percent-encoded."""
    return json.dumps(policy) if isinstance(policy, dict) else urllib.parse.unquote(policy)


def retag(aws: Aws, what: str, key: str, id_: str, new: Properties, old: Properties) -> None:
    """Replace the tags of an IAM resource."""
    before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
    if gone := [name for name in before if name not in after]:
        aws.call("iam", f"untag_{what}", **{key: id_}, TagKeys=gone)
    aws.call("iam", f"tag_{what}", **{key: id_}, Tags=tag_list(after))


class _InlinePolicy(Kind):
    """An inline policy of a role, user or group. Its ID is `<owner>:<policy>`, as in the real provider."""

    owner: ClassVar[str]
    auto_name = "name"
    taggable = False

    def _params(self, id_: str) -> dict[str, Any]:
        owner, _, name = id_.partition(":")
        return {f"{self.owner.title()}Name": owner, "PolicyName": name}

    def create(self, aws: Aws, inputs: Properties) -> str:
        id_ = f"{inputs[self.owner]}:{inputs['name']}"
        self.update(aws, id_, inputs, frozenset(), {})
        return id_

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("iam", f"get_{self.owner}_policy", "PolicyDocument", **self._params(id_))
        owner, _, name = id_.partition(":")
        return None if found is None else {"policy": policy_text(found), "name": name, self.owner: owner}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        operation = f"put_{self.owner}_policy"
        aws.call("iam", operation, **self._params(id_), PolicyDocument=document(new["policy"]))

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("iam", f"delete_{self.owner}_policy", **self._params(id_))


class RolePolicy(_InlinePolicy):
    """An inline policy of a role."""

    token = "aws:iam/rolePolicy:RolePolicy"
    owner = "role"
    accepts = {"name", "namePrefix", "policy", "role"}
    replaces = {"name", "namePrefix", "role"}


class GroupPolicy(_InlinePolicy):
    """An inline policy of a group."""

    token = "aws:iam/groupPolicy:GroupPolicy"
    owner = "group"
    accepts = {"name", "namePrefix", "policy", "group"}
    replaces = {"name", "namePrefix", "group"}


class UserPolicy(_InlinePolicy):
    """An inline policy of a user."""

    token = "aws:iam/userPolicy:UserPolicy"
    owner = "user"
    accepts = {"name", "namePrefix", "policy", "user"}
    replaces = {"name", "namePrefix", "user"}


class RolePolicyAttachment(Kind):
    """The attachment of a managed policy to a role."""

    token = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    accepts = {"role", "policyArn"}
    replaces = {"role", "policyArn"}
    taggable = False

    def create(self, aws: Aws, inputs: Properties) -> str:
        aws.call("iam", "attach_role_policy", RoleName=inputs["role"], PolicyArn=inputs["policyArn"])
        return f"{inputs['role']}/{inputs['policyArn']}"

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        role, _, policy = id_.partition("/")
        path = "AttachedPolicies[].PolicyArn"
        attached = aws.find("iam", "list_attached_role_policies", path, RoleName=role) or []
        return {"role": role, "policyArn": policy} if policy in attached else None

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        role, _, policy = id_.partition("/")
        aws.call("iam", "detach_role_policy", RoleName=role, PolicyArn=policy)


class Policy(Kind):
    """A managed policy; a change makes a new default version."""

    token = "aws:iam/policy:Policy"
    accepts = {"name", "namePrefix", "path", "description", "policy"}
    replaces = {"name", "namePrefix", "path", "description"}
    auto_name = "name"

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call(
            "iam", "create_policy", PolicyName=inputs["name"], Path=inputs.get("path"),
            Description=inputs.get("description"), PolicyDocument=document(inputs["policy"]),
            Tags=tag_list(inputs.get("tagsAll")),
        )  # fmt: skip
        return made["Policy"]["Arn"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        policy = aws.find("iam", "get_policy", "Policy", PolicyArn=id_)
        if policy is None:
            return None
        version = policy["DefaultVersionId"]
        current = aws.call("iam", "get_policy_version", PolicyArn=id_, VersionId=version)["PolicyVersion"]
        return {
            "arn": id_,
            "name": policy["PolicyName"],
            "path": policy["Path"],
            "policyId": policy["PolicyId"],
            "policy": policy_text(current["Document"]),
            "tags": tag_map(policy.get("Tags")),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if "policy" in changed:
            versions = aws.call("iam", "list_policy_versions", PolicyArn=id_)["Versions"]
            policy = document(new["policy"])
            aws.call("iam", "create_policy_version", PolicyArn=id_, PolicyDocument=policy, SetAsDefault=True)
            for version in versions:
                aws.call("iam", "delete_policy_version", PolicyArn=id_, VersionId=version["VersionId"])
        if "tags" in changed:
            retag(aws, "policy", "PolicyArn", id_, new, old)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("iam", "delete_policy", PolicyArn=id_)


KINDS = (RolePolicy, GroupPolicy, UserPolicy, RolePolicyAttachment, Policy)
