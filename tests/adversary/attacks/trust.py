"""Attacks by the trust of roles, and by resources that are handed to other accounts."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.kernel.cases import Item
from tests.adversary.attack import Attack

OURS, THEIRS = "123456789012", "210987654321"


def _role(name: str, why: str, principal: Any, condition: Any = None) -> Attack:
    said = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition or {}}
    item = Item(type="aws:iam/role:Role", props={"assumeRolePolicy": json.dumps({"Statement": said})})
    return Attack(name=name, requirement="AWS-MFA", why=why, items=(item,), blocked_by="iam-trust-proven")


def _shared(name: str, why: str, type_: str, **more: Any) -> Attack:
    said = {
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:aws:iam::{OURS}:root", f"arn:aws:iam::{THEIRS}:root"]},
        "Action": "*",
        "Resource": "*",
        **more,
    }
    item = Item(type=type_, props={"policy": json.dumps({"Statement": [said]})})
    return Attack(name=name, requirement="INH-4", why=why, items=(item,), blocked_by="no-foreign-account")


ATTACKS: Final = (
    _role("role_for_another_account", "All of another account take the role.", {"AWS": THEIRS}),
    _role("role_for_a_foreign_role", "A role of another account takes it.", {"AWS": f"arn:aws:iam::{THEIRS}:role/x"}),
    _role(
        "second_factor_if_said",
        "Access keys send no such key, and IfExists lets them in.",
        {"AWS": f"arn:aws:iam::{OURS}:root"},
        {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}},
    ),
    _role("role_for_a_user", "A user's access key suffices.", {"AWS": f"arn:aws:iam::{OURS}:user/ada"}),
    _role(
        "external_id_of_anybody",
        "Every external ID matches.",
        {"AWS": THEIRS},
        {"StringLike": {"sts:ExternalId": "?*"}},
    ),
    _shared("key_for_another_account", "Another account decrypts.", "aws:kms/key:Key"),
    _shared(
        "bucket_for_another_account",
        "Another account reads, from an address that proves nothing.",
        "aws:s3/bucketPolicy:BucketPolicy",
        Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
    ),
    _shared("secret_for_another_account", "Another account reads it.", "aws:secretsmanager/secretPolicy:SecretPolicy"),
    Attack(
        name="password_without_second_factor",
        requirement="AWS-MFA",
        why="A password suffices to sign in: the group's Deny holds from one address only.",
        items=(
            Item(type="aws:iam/userLoginProfile:UserLoginProfile", name="password", props={"user": "ada"}),
            Item(
                type="aws:iam/userGroupMembership:UserGroupMembership",
                name="membership",
                props={"user": "ada", "groups": ["people"]},
            ),
            Item(
                type="aws:iam/groupPolicy:GroupPolicy",
                name="policy",
                props={
                    "group": "people",
                    "policy": json.dumps(
                        {
                            "Statement": {
                                "Effect": "Deny",
                                "Action": "*",
                                "Resource": "*",
                                "Condition": {
                                    "Bool": {"aws:MultiFactorAuthPresent": "false"},
                                    "IpAddress": {"aws:SourceIp": "192.0.2.1/32"},
                                },
                            }
                        }
                    ),
                },
            ),
        ),
        blocked_by="iam-console-mfa",
    ),
)
