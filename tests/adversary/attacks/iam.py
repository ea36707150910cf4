"""Attacks by AWS's rights: from a few permissions to an administrator's."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.kernel.cases import Item
from tests.adversary.attack import Attack

POLICY: Final = "aws:iam/policy:Policy"
ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ESCALATION: Final = "iam-no-escalation"


def _statement(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def _attack(name: str, why: str, *statements: dict[str, Any], blocked_by: str = ESCALATION) -> Attack:
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    item = Item(type=POLICY, props={"policy": document})
    return Attack(name=name, requirement="AWS-MFA", why=why, items=(item,), blocked_by=blocked_by)


def _managed(name: str, why: str, policy: str) -> Attack:
    item = Item(type=ATTACHMENT, props={"role": "app", "policyArn": f"arn:aws:iam::aws:policy/{policy}"})
    return Attack(name=name, requirement="AWS-MFA", why=why, items=(item,), blocked_by="iam-no-administrator-access")


ATTACKS: Final = (
    _attack(
        "new_version_of_a_policy",
        "The holder writes themselves any right into a policy that they have.",
        _statement("iam:CreatePolicyVersion"),
    ),
    _attack(
        "pattern_of_policy_actions",
        "A pattern hides the actions that attach policies.",
        _statement("iam:*Polic?", "arn:aws:iam::*:role/*"),
    ),
    _attack("pattern_of_a_service", "The first letter of the service is a wildcard.", _statement("?am:Up*Login*")),
    _attack(
        "trust_of_every_role",
        "The holder makes every role trust them.",
        _statement("iam:UpdateAssumeRolePolicy", "arn:aws:iam::123456789012:role/*"),
    ),
    _attack("keys_of_every_user", "The holder makes a key of an administrator.", _statement("IAM:CREATEACCESSKEY")),
    _attack("every_role", "The holder takes an administrator's role.", _statement("sts:Assume*")),
    _attack(
        "code_of_every_function",
        "Functions run the holder's code with the functions' rights.",
        _statement("lambda:Update*", "arn:aws:lambda:*:*:function:*"),
    ),
    _attack(
        "commands_on_every_node",
        "The holder is root on every node, and takes its rights.",
        _statement("ssm:SendCommand", ["arn:aws:ssm:*::document/AWS-RunShellScript", "arn:aws:ec2:*:*:instance/*"]),
    ),
    _attack(
        "administrator_of_the_cluster",
        "The holder gives themselves Kubernetes' administrator.",
        _statement(["eks:CreateAccessEntry", "eks:AssociateAccessPolicy"]),
    ),
    _attack(
        "start_script_of_every_instance",
        "A stopped instance starts with the holder's script; the path lies in two statements.",
        _statement("ec2:ModifyInstance*"),
        _statement(["ec2:StopInstances", "ec2:StartInstances"]),
    ),
    _attack(
        "all_but_some_actions",
        "What is not excluded leads to everything.",
        {"Effect": "Allow", "NotAction": ["s3:*", "iam:*"], "Resource": "arn:aws:lambda:*:*:function:*"},
    ),
    _attack(
        "all_but_some_resources",
        "What is not excluded leads to everything.",
        {"Effect": "Allow", "Action": "iam:PutRolePolicy", "NotResource": "arn:aws:iam::123456789012:role/admin"},
    ),
    _attack(
        "deny_with_a_hole",
        "The Deny holds for calls over plain HTTP only, which AWS refuses anyway.",
        _statement("iam:Attach*"),
        {
            "Effect": "Deny",
            "Action": "iam:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ),
    _attack("every_secret", "The holder reads every password.", _statement("secretsmanager:GetSecret*")),
    _attack(
        "boundary_taken_away",
        "Without its boundary, a role has all that its policies say.",
        _statement("iam:Delete*PermissionsBoundary"),
    ),
    _attack(
        "every_role_to_a_function",
        "A function of the holder's runs with an administrator's role.",
        _statement(["iam:P?ssRole", "lambda:CreateFunction", "lambda:InvokeFunction"]),
        blocked_by="iam-passrole-scoped",
    ),
    _managed(
        "functions_by_a_managed_policy", "Its name says functions; it changes their code.", "AWSLambda_FullAccess"
    ),
    _managed("sessions_by_a_managed_policy", "Its name says Systems Manager; it opens shells.", "AmazonSSMFullAccess"),
    _managed("unknown_managed_policy", "Nobody has looked into it.", "SomethingNewFullAccess"),
    Attack(
        name="path_over_two_documents",
        requirement="AWS-MFA",
        why="Neither policy of the role leads anywhere; both together do.",
        items=(
            Item(type="aws:iam/role:Role", name="role", props={"name": "app"}),
            Item(
                type=POLICY,
                name="change",
                props={
                    "arn": "arn:aws:iam::123456789012:policy/change",
                    "policy": json.dumps({"Statement": _statement("ec2:Modify*")}),
                },
            ),
            Item(
                type=ATTACHMENT,
                name="attachment",
                props={"role": "app", "policyArn": "arn:aws:iam::123456789012:policy/change"},
            ),
            Item(
                type="aws:iam/rolePolicy:RolePolicy",
                name="restart",
                props={"role": "app", "policy": json.dumps({"Statement": _statement("ec2:St*Instances")})},
            ),
        ),
        blocked_by="iam-no-escalation-together",
    ),
    Attack(
        name="rights_of_its_own",
        requirement="AWS-MFA",
        why="The role may write policies of one named role: itself.",
        items=(
            Item(type="aws:iam/role:Role", name="role", props={"name": "app"}),
            Item(
                type="aws:iam/rolePolicy:RolePolicy",
                name="own",
                props={
                    "role": "app",
                    "policy": json.dumps(
                        {"Statement": _statement("iam:PutRolePolicy", "arn:aws:iam::123456789012:role/app")}
                    ),
                },
            ),
        ),
        blocked_by="iam-no-escalation-together",
    ),
)
