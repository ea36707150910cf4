"""IAM's roles, instance profiles and OpenID Connect providers."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from sandbox.providers.aws.client import Aws, tag_list, tag_map
from sandbox.providers.aws.kind import Kind, Properties
from sandbox.providers.aws.types.iam_policies import document, policy_text, retag


class Role(Kind):
    """A role with its inline policies; those of other resources are not changed."""

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
        before = {policy["name"] for policy in old.get("inlinePolicies") or []}
        after = {policy["name"]: policy["policy"] for policy in new.get("inlinePolicies") or []}
        for name, policy in after.items():
            aws.call("iam", "put_role_policy", RoleName=role, PolicyName=name, PolicyDocument=document(policy))
        for name in before - after.keys():
            aws.gone("iam", "delete_role_policy", RoleName=role, PolicyName=name)

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        role = aws.find("iam", "get_role", "Role", RoleName=id_)
        if role is None:
            return None
        inline = [
            {"name": policy["name"], "policy": policy_text(found)}
            for policy in state.get("inlinePolicies") or []
            if (found := aws.find("iam", "get_role_policy", "PolicyDocument", RoleName=id_, PolicyName=policy["name"]))
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
            "assumeRolePolicy": policy_text(role["AssumeRolePolicyDocument"]),
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


class InstanceProfile(Kind):
    """An instance profile."""

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


class OpenIdConnectProvider(Kind):
    """A cluster's token issuer, trusted by IAM."""

    token = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
    accepts = {"clientIdLists", "thumbprintLists", "url"}
    replaces = {"url"}

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call(
            "iam", "create_open_id_connect_provider", Url=inputs["url"], ClientIDList=inputs["clientIdLists"],
            # IAM gets the thumbprint of a trusted authority itself; moto requires one.
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


KINDS = (Role, InstanceProfile, OpenIdConnectProvider)
