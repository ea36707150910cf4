"""Roles, users, groups, their policies, and the account's password policy."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Set
from typing import Any, ClassVar

from sandbox.providers.aws.client import Aws, AwsError, camel, tag_list, tag_map
from sandbox.providers.aws.kind import Kind, Properties


def document(text: str) -> str:
    """A policy as IAM takes it.

    Raises:
        AwsError: it is not JSON, or no policy.
    """
    try:
        parsed = json.loads(text)
    except ValueError:
        raise AwsError("the policy is not JSON", "MalformedPolicyDocument") from None
    if not isinstance(parsed, dict) or not parsed.get("Statement"):
        raise AwsError("the policy has no statement", "MalformedPolicyDocument")
    return text


def _told(policy: Any) -> str:
    """A policy as IAM tells it: decoded by boto3, or still percent-encoded."""
    return json.dumps(policy) if isinstance(policy, dict) else urllib.parse.unquote(policy)


class Role(Kind):
    """A role with its inline policies; those of other resources are left alone."""

    token = "aws:iam/role:Role"
    accepts = {
        "assumeRolePolicy", "description", "forceDetachPolicies", "inlinePolicies", "maxSessionDuration", "name",
        "namePrefix",
        "path", "permissionsBoundary",
    }  # fmt: skip
    replaces = {"name", "namePrefix", "path"}
    auto_name = "name"

    def create(self, aws: Aws, inputs: Properties) -> str:
        aws.call(
            "iam", "create_role", RoleName=inputs["name"],
            AssumeRolePolicyDocument=document(inputs["assumeRolePolicy"]),
            Description=inputs.get("description"), MaxSessionDuration=_whole(inputs.get("maxSessionDuration")),
            Path=inputs.get("path"), PermissionsBoundary=inputs.get("permissionsBoundary"),
            Tags=tag_list(inputs.get("tagsAll")),
        )  # fmt: skip
        self._inline(aws, inputs["name"], {}, inputs)
        return inputs["name"]

    @staticmethod
    def _inline(aws: Aws, role: str, old: Properties, new: Properties) -> None:
        before = {each["name"] for each in old.get("inlinePolicies") or []}
        after = {each["name"]: each["policy"] for each in new.get("inlinePolicies") or []}
        for name, policy in after.items():
            aws.call("iam", "put_role_policy", RoleName=role, PolicyName=name, PolicyDocument=document(policy))
        for name in before - after.keys():
            aws.gone("iam", "delete_role_policy", RoleName=role, PolicyName=name)

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        role = aws.find("iam", "get_role", "Role", RoleName=id_)
        if role is None:
            return None
        inline = [
            {"name": each["name"], "policy": _told(found)}
            for each in state.get("inlinePolicies") or []
            if (found := aws.find("iam", "get_role_policy", "PolicyDocument", RoleName=id_, PolicyName=each["name"]))
        ]
        boundary = role.get("PermissionsBoundary") or {}
        return {
            "arn": role["Arn"],
            "name": role["RoleName"],
            "uniqueId": role["RoleId"],
            "createDate": role["CreateDate"].isoformat(),
            "path": role["Path"],
            "description": role.get("Description"),
            "maxSessionDuration": role.get("MaxSessionDuration"),
            "assumeRolePolicy": _told(role["AssumeRolePolicyDocument"]),
            "permissionsBoundary": boundary.get("PermissionsBoundaryArn"),
            "tags": tag_map(role.get("Tags")),
            **({"inlinePolicies": inline} if state.get("inlinePolicies") else {}),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if "assumeRolePolicy" in changed:
            policy = document(new["assumeRolePolicy"])
            aws.call("iam", "update_assume_role_policy", RoleName=id_, PolicyDocument=policy)
        if changed & {"description", "maxSessionDuration"}:
            duration = _whole(new.get("maxSessionDuration"))
            description = new.get("description") or ""
            aws.call("iam", "update_role", RoleName=id_, Description=description, MaxSessionDuration=duration)
        if "permissionsBoundary" in changed:
            if new.get("permissionsBoundary"):
                boundary = new["permissionsBoundary"]
                aws.call("iam", "put_role_permissions_boundary", RoleName=id_, PermissionsBoundary=boundary)
            else:
                aws.call("iam", "delete_role_permissions_boundary", RoleName=id_)
        if "inlinePolicies" in changed:
            self._inline(aws, id_, old, new)
        if "tags" in changed:
            retag(aws, "role", "RoleName", id_, new, old)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        self._inline(aws, id_, state, {})
        aws.call("iam", "delete_role", RoleName=id_)


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def retag(aws: Aws, what: str, key: str, id_: str, new: Properties, old: Properties) -> None:
    """Makes the tags of an IAM resource the new ones."""
    before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
    if gone := [name for name in before if name not in after]:
        aws.call("iam", f"untag_{what}", **{key: id_}, TagKeys=gone)
    aws.call("iam", f"tag_{what}", **{key: id_}, Tags=tag_list(after))


class _InlinePolicy(Kind):
    """A policy inside a role, user or group. Its ID is `<owner>:<policy>`, as the real provider's."""

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
        return None if found is None else {"policy": _told(found), "name": name, self.owner: owner}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        operation = f"put_{self.owner}_policy"
        aws.call("iam", operation, **self._params(id_), PolicyDocument=document(new["policy"]))

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("iam", f"delete_{self.owner}_policy", **self._params(id_))


class RolePolicy(_InlinePolicy):
    """Inside a role."""

    token = "aws:iam/rolePolicy:RolePolicy"
    owner = "role"
    accepts = {"name", "namePrefix", "policy", "role"}
    replaces = {"name", "namePrefix", "role"}


class GroupPolicy(_InlinePolicy):
    """Inside a group."""

    token = "aws:iam/groupPolicy:GroupPolicy"
    owner = "group"
    accepts = {"name", "namePrefix", "policy", "group"}
    replaces = {"name", "namePrefix", "group"}


class UserPolicy(_InlinePolicy):
    """Inside a user."""

    token = "aws:iam/userPolicy:UserPolicy"
    owner = "user"
    accepts = {"name", "namePrefix", "policy", "user"}
    replaces = {"name", "namePrefix", "user"}


class RolePolicyAttachment(Kind):
    """A managed policy on a role."""

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
    """A managed policy; a change is its new default version."""

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
            "policy": _told(current["Document"]),
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


class InstanceProfile(Kind):
    """What hands a role to an instance."""

    token = "aws:iam/instanceProfile:InstanceProfile"
    accepts = {"name", "namePrefix", "path", "role"}
    replaces = {"name", "namePrefix", "path"}
    auto_name = "name"

    def create(self, aws: Aws, inputs: Properties) -> str:
        name = inputs["name"]
        tags = tag_list(inputs.get("tagsAll"))
        aws.call("iam", "create_instance_profile", InstanceProfileName=name, Path=inputs.get("path"), Tags=tags)
        if inputs.get("role"):
            aws.call("iam", "add_role_to_instance_profile", InstanceProfileName=name, RoleName=inputs["role"])
        return name

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("iam", "get_instance_profile", "InstanceProfile", InstanceProfileName=id_)
        if found is None:
            return None
        return {
            "arn": found["Arn"],
            "name": found["InstanceProfileName"],
            "path": found["Path"],
            "uniqueId": found["InstanceProfileId"],
            "role": next((role["RoleName"] for role in found["Roles"]), None),
            "tags": tag_map(found.get("Tags")),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if "role" in changed:
            self._without(aws, id_, old)
            if new.get("role"):
                aws.call("iam", "add_role_to_instance_profile", InstanceProfileName=id_, RoleName=new["role"])
        if "tags" in changed:
            retag(aws, "instance_profile", "InstanceProfileName", id_, new, old)

    @staticmethod
    def _without(aws: Aws, id_: str, state: Properties) -> None:
        if state.get("role"):
            aws.gone("iam", "remove_role_from_instance_profile", InstanceProfileName=id_, RoleName=state["role"])

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        self._without(aws, id_, state)
        aws.call("iam", "delete_instance_profile", InstanceProfileName=id_)


class Group(Kind):
    """A group of users."""

    token = "aws:iam/group:Group"
    accepts = {"name", "path"}
    auto_name = "name"
    taggable = False

    def create(self, aws: Aws, inputs: Properties) -> str:
        aws.call("iam", "create_group", GroupName=inputs["name"], Path=inputs.get("path"))
        return inputs["name"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("iam", "get_group", "Group", GroupName=id_)
        if found is None:
            return None
        return {"arn": found["Arn"], "name": id_, "path": found["Path"], "uniqueId": found["GroupId"]}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        aws.call("iam", "update_group", GroupName=id_, NewGroupName=new["name"], NewPath=new.get("path"))

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("iam", "delete_group", GroupName=id_)


class User(Kind):
    """A user; deleting one with keys of others' making is refused by IAM unless forced."""

    token = "aws:iam/user:User"
    accepts = {"name", "path", "permissionsBoundary", "forceDestroy"}
    replaces = {"path"}
    auto_name = "name"

    def create(self, aws: Aws, inputs: Properties) -> str:
        aws.call(
            "iam", "create_user", UserName=inputs["name"], Path=inputs.get("path"),
            PermissionsBoundary=inputs.get("permissionsBoundary"), Tags=tag_list(inputs.get("tagsAll")),
        )  # fmt: skip
        return inputs["name"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        user = aws.find("iam", "get_user", "User", UserName=id_)
        if user is None:
            return None
        tags = tag_map(aws.call("iam", "list_user_tags", UserName=id_)["Tags"])
        return {"arn": user["Arn"], "name": id_, "path": user["Path"], "uniqueId": user["UserId"], "tags": tags}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if "name" in changed:
            raise AwsError("renaming a user in place is not supported by the stand-in aws provider", "Unsupported")
        if "tags" in changed:
            retag(aws, "user", "UserName", id_, new, old)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("iam", "delete_user", UserName=id_)


class UserGroupMembership(Kind):
    """The groups that this resource put a user into; others are left alone."""

    token = "aws:iam/userGroupMembership:UserGroupMembership"
    accepts = {"user", "groups"}
    replaces = {"user"}
    taggable = False

    def create(self, aws: Aws, inputs: Properties) -> str:
        self.update(aws, "", inputs, frozenset(), {})
        return f"{inputs['user']}-groups"

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        member = aws.find("iam", "list_groups_for_user", "Groups[].GroupName", UserName=state["user"])
        if member is None:
            return None
        return {"user": state["user"], "groups": [name for name in state["groups"] if name in member]}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        before, after = set(old.get("groups") or []), set(new["groups"])
        for name in after - before:
            aws.call("iam", "add_user_to_group", UserName=new["user"], GroupName=name)
        for name in before - after:
            aws.gone("iam", "remove_user_from_group", UserName=new["user"], GroupName=name)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        for name in state["groups"]:
            aws.gone("iam", "remove_user_from_group", UserName=state["user"], GroupName=name)


class AccessKey(Kind):
    """A user's static key; its secret is told once, on creation."""

    token = "aws:iam/accessKey:AccessKey"
    accepts = {"user", "status"}
    replaces = {"user"}
    taggable = False
    told_once = {"secret"}

    def create(self, aws: Aws, inputs: Properties) -> tuple[str, Properties]:
        made = aws.call("iam", "create_access_key", UserName=inputs["user"])["AccessKey"]
        if inputs.get("status") == "Inactive":
            self._set(aws, made["AccessKeyId"], inputs)
        return made["AccessKeyId"], {"secret": made["SecretAccessKey"]}

    @staticmethod
    def _set(aws: Aws, id_: str, inputs: Properties) -> None:
        status = inputs.get("status") or "Active"
        aws.call("iam", "update_access_key", UserName=inputs["user"], AccessKeyId=id_, Status=status)

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        path = f"AccessKeyMetadata[?AccessKeyId=='{id_}'] | [0]"
        found = aws.find("iam", "list_access_keys", path, UserName=state["user"])
        if found is None:
            return None
        return {"status": found["Status"], "user": found["UserName"], "createDate": found["CreateDate"].isoformat()}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        self._set(aws, id_, new)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("iam", "delete_access_key", UserName=state["user"], AccessKeyId=id_)


class AccountPasswordPolicy(Kind):
    """What passwords of the account's users must be like."""

    token = "aws:iam/accountPasswordPolicy:AccountPasswordPolicy"
    accepts = {
        "allowUsersToChangePassword", "hardExpiry", "maxPasswordAge", "minimumPasswordLength",
        "passwordReusePrevention",
        "requireLowercaseCharacters", "requireNumbers", "requireSymbols", "requireUppercaseCharacters",
    }  # fmt: skip
    taggable = False

    def create(self, aws: Aws, inputs: Properties) -> str:
        operation = "update_account_password_policy"
        given = {key: inputs.get(key) for key in self.accepts}
        aws.call("iam", operation, **aws.shaped("iam", operation, given))
        return "iam-account-password-policy"

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("iam", "get_account_password_policy", "PasswordPolicy")
        return None if found is None else {camel(key): value for key, value in found.items()}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        self.create(aws, new)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("iam", "delete_account_password_policy")


class OpenIdConnectProvider(Kind):
    """A cluster's issuer of tokens, trusted by IAM."""

    token = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
    accepts = {"clientIdLists", "thumbprintLists", "url"}
    replaces = {"url"}

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call(
            "iam", "create_open_id_connect_provider", Url=inputs["url"], ClientIDList=inputs["clientIdLists"],
            # IAM fetches the thumbprint of a trusted authority by itself; moto wants one.
            ThumbprintList=inputs.get("thumbprintLists") or ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"],
            Tags=tag_list(inputs.get("tagsAll")),
        )  # fmt: skip
        return made["OpenIDConnectProviderArn"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("iam", "get_open_id_connect_provider", "@", OpenIDConnectProviderArn=id_)
        if found is None:
            return None
        return {
            "arn": id_,
            "url": f"https://{found['Url'].removeprefix('https://')}",
            "clientIdLists": found["ClientIDList"],
            "thumbprintLists": found["ThumbprintList"],
            "tags": tag_map(found.get("Tags")),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        before, after = set(old.get("clientIdLists") or []), set(new["clientIdLists"])
        for client in after - before:
            operation = "add_client_id_to_open_id_connect_provider"
            aws.call("iam", operation, OpenIDConnectProviderArn=id_, ClientID=client)
        for client in before - after:
            operation = "remove_client_id_from_open_id_connect_provider"
            aws.call("iam", operation, OpenIDConnectProviderArn=id_, ClientID=client)
        if "tags" in changed:
            retag(aws, "open_id_connect_provider", "OpenIDConnectProviderArn", id_, new, old)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("iam", "delete_open_id_connect_provider", OpenIDConnectProviderArn=id_)


KINDS = (
    Role, RolePolicy, RolePolicyAttachment, Policy, InstanceProfile, Group, GroupPolicy, User, UserPolicy,
    UserGroupMembership, AccessKey,
    AccountPasswordPolicy, OpenIdConnectProvider,
)  # fmt: skip
