"""Privilege escalation paths, to an administrator or to every secret: data, with the source of each.

Every action exists in the Service Authorization Reference of 2026-11-28 (a test compares). Which source describes which
path was written from knowledge of the sources, and not looked up again. Rhino: Rhino Security Labs, "AWS IAM Privilege
Escalation - Methods and Mitigation". PMapper: nccgroup/PMapper, principalmapper/graphing/*_edges.py. Pathfinding:
pathfinding.cloud (Datadog). AWS: the Service Authorization Reference of the service.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PASS_ROLE: Final = "iam:passrole"  # noqa: S105 - an action


@dataclass(frozen=True)
class Path:
    """Actions that together allow escalation; of several, none alone does."""

    actions: frozenset[str]
    """In lower case."""
    end: str
    """What a principal with all of them reaches."""
    source: str


def _paths(source: str, end: str, *lines: str) -> tuple[Path, ...]:
    return tuple(Path(frozenset(line.lower().split()), end, source) for line in lines)


RIGHTS: Final = "the rights of others"
RUNNING: Final = "the rights of what runs in the account"
SECRETS: Final = "every secret of the account"
PATHS: Final = (
    *_paths(
        "Rhino",
        RIGHTS,
        "iam:CreatePolicyVersion",
        "iam:SetDefaultPolicyVersion",
        "iam:AttachUserPolicy",
        "iam:AttachGroupPolicy",
        "iam:AttachRolePolicy",
        "iam:PutUserPolicy",
        "iam:PutGroupPolicy",
        "iam:PutRolePolicy",
        "iam:AddUserToGroup",
        "iam:UpdateAssumeRolePolicy",
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:UpdateLoginProfile",
    ),
    *_paths(
        "AWS",
        RIGHTS,
        "iam:DeleteRolePermissionsBoundary",
        "iam:DeleteUserPermissionsBoundary",
        "iam:PutRolePermissionsBoundary",
        "iam:PutUserPermissionsBoundary",
        "iam:UpdateSAMLProvider",
        "iam:UploadSigningCertificate",
        "iam:UploadSSHPublicKey codecommit:GitPush",
        "eks:AssociateAccessPolicy",
        "eks:UpdateAccessEntry",
        "eks:CreateAccessEntry",
        "identitystore:CreateGroupMembership",
        "sso:AttachManagedPolicyToPermissionSet sso:ProvisionPermissionSet",
        "sso:CreateAccountAssignment",
        "sso:PutInlinePolicyToPermissionSet sso:ProvisionPermissionSet",
        "sts:AssumeRole",
    ),
    *_paths(
        "Rhino",
        RUNNING,
        "glue:UpdateDevEndpoint",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
    ),
    *_paths(
        "PMapper",
        RUNNING,
        "codebuild:StartBuild",
        "codebuild:StartBuildBatch",
        "cloudformation:UpdateStack",
        "cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet",
        "sagemaker:CreatePresignedNotebookInstanceUrl",
        "ssm:SendCommand",
        "ssm:StartSession",
    ),
    *_paths(
        "Pathfinding",
        RUNNING,
        "apprunner:UpdateService",
        "cloudformation:UpdateStackSet",
        "ec2-instance-connect:SendSSHPublicKey",
        "ec2-instance-connect:SendSerialConsoleSSHPublicKey",
        "ec2:ModifyInstanceAttribute ec2:StopInstances ec2:StartInstances",
        "ecs:ExecuteCommand",
        "elasticmapreduce:AddJobFlowSteps",
        "sagemaker:CreatePresignedDomainUrl",
        "ssm:CreateAssociation",
        "ssm:StartAutomationExecution",
    ),
    *_paths(
        "AWS",
        SECRETS,
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:PutKeyPolicy",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutResourcePolicy",
    ),
    *_paths(
        "Rhino, PMapper, Pathfinding",
        "the rights of every role",
        "iam:PassRole apprunner:CreateService",
        "iam:PassRole batch:RegisterJobDefinition batch:SubmitJob",
        "iam:PassRole cloudformation:CreateStack",
        "iam:PassRole codebuild:CreateProject",
        "iam:PassRole codebuild:UpdateProject",
        "iam:PassRole datapipeline:CreatePipeline datapipeline:PutPipelineDefinition datapipeline:ActivatePipeline",
        "iam:PassRole ec2:AssociateIamInstanceProfile",
        "iam:PassRole ec2:ReplaceIamInstanceProfileAssociation",
        "iam:PassRole ec2:RunInstances",
        "iam:PassRole ec2:RequestSpotInstances",
        "iam:PassRole ecs:RegisterTaskDefinition ecs:CreateService",
        "iam:PassRole ecs:RegisterTaskDefinition ecs:RunTask",
        "iam:PassRole ecs:RegisterTaskDefinition ecs:StartTask",
        "iam:PassRole eks:CreatePodIdentityAssociation",
        "iam:PassRole elasticmapreduce:RunJobFlow",
        "iam:PassRole glue:CreateDevEndpoint",
        "iam:PassRole glue:CreateJob",
        "iam:PassRole glue:UpdateJob",
        "iam:PassRole lambda:CreateFunction lambda:AddPermission",
        "iam:PassRole lambda:CreateFunction lambda:CreateEventSourceMapping",
        "iam:PassRole lambda:CreateFunction lambda:InvokeFunction",
        "iam:PassRole sagemaker:CreateNotebookInstance",
        "iam:PassRole sagemaker:CreateProcessingJob",
        "iam:PassRole sagemaker:CreateTrainingJob",
        "iam:PassRole scheduler:CreateSchedule",
        "iam:PassRole ssm:StartAutomationExecution",
        "iam:PassRole states:CreateStateMachine",
    ),
)
ACTIONS: Final = frozenset(action for path in PATHS for action in path.actions)
OWN: Final = {
    "iam:attachgrouppolicy": "group/",
    "iam:attachrolepolicy": "role/",
    "iam:attachuserpolicy": "user/",
    "iam:deleterolepermissionsboundary": "role/",
    "iam:deleteuserpermissionsboundary": "user/",
    "iam:putgrouppolicy": "group/",
    "iam:putrolepolicy": "role/",
    "iam:putuserpolicy": "user/",
}
"""Actions by which an identity gives rights to itself, where its own ARN is in the resources."""
NARROWING: Final = frozenset(
    {
        "eks:clustername",
        "eks:policyarn",
        "iam:permissionsboundary",
        "iam:policyarn",
        "kms:grantisforawsresource",
        "kms:viaservice",
        "secretsmanager:secretid",
    }
)
"""Keys of conditions that leave a part of what an action may do. Tags of the resource do, too."""
TAGS: Final = (":resourcetag/", "kms:encryptioncontext:")
