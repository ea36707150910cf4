"""IAM's users and groups, access keys, and the password policy."""

from __future__ import annotations

from collections.abc import Set

from sandbox.providers.aws.client import Aws, AwsError, camel, tag_list, tag_map
from sandbox.providers.aws.kind import Kind, Properties
from sandbox.providers.aws.types.iam_policies import retag


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
    """A user; IAM refuses to delete a user with keys made elsewhere, unless forced."""

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
    """A user's groups, as far as this resource added them; other memberships are not changed."""

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
    """A user's static key; its secret is returned once, on creation."""

    token = "aws:iam/accessKey:AccessKey"
    accepts = {"user", "status"}
    replaces = {"user"}
    taggable = False
    creation_outputs = {"secret"}

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
    """The account's password policy."""

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


KINDS = (Group, User, UserGroupMembership, AccessKey, AccountPasswordPolicy)
