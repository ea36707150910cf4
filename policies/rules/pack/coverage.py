"""Policies about what the others cannot see: resources that hide what they make (INH-4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.kernel.kinds import NOT_OBJECTS, PACKAGE, RELEASE, kind_of
from policies.kernel.policy import ADVISORY, HIGH, LOW, MANDATORY, MEDIUM, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.rules.eks import resources as forms

NATIVE: Final = "aws-native"
JUDGED: Final = frozenset(
    {
        "accessanalyzer",
        "acmpca",
        "amazonmq",
        "apigateway",
        "apigatewayv2",
        "apprunner",
        "aps",
        "autoscaling",
        "backup",
        "batch",
        "bedrock",
        "certificatemanager",
        "cloud9",
        "cloudformation",
        "cloudfront",
        "cloudtrail",
        "codeartifact",
        "codebuild",
        "dms",
        "docdb",
        "dsql",
        "dynamodb",
        "ec2",
        "ecr",
        "ecs",
        "efs",
        "eks",
        "elasticbeanstalk",
        "elasticloadbalancing",
        "elasticloadbalancingv2",
        "elasticsearch",
        "emr",
        "events",
        "eventschemas",
        "fsx",
        "gamelift",
        "globalaccelerator",
        "glue",
        "guardduty",
        "iam",
        "imagebuilder",
        "iot",
        "kinesis",
        "kms",
        "lambda",
        "lightsail",
        "logs",
        "mediastore",
        "msk",
        "mwaa",
        "neptune",
        "neptunegraph",
        "networkfirewall",
        "oam",
        "opensearchservice",
        "organizations",
        "osis",
        "pinpoint",
        "pipes",
        "ram",
        "rds",
        "redshift",
        "redshiftserverless",
        "route53",
        "s3",
        "s3express",
        "s3objectlambda",
        "s3outposts",
        "s3tables",
        "s3vectors",
        "sagemaker",
        "scheduler",
        "secretsmanager",
        "serverless",
        "servicecatalog",
        "ses",
        "sns",
        "sqs",
        "ssm",
        "sso",
        "timestream",
        "transfer",
        "vpclattice",
        "xray",
    }
)
"""Services whose resources this pack judges in the aws package, or that make others; of aws-native, it reads
forms.NATIVE alone."""
WRAPPERS: Final = frozenset(
    {
        "aws:cloudcontrol/resource:Resource",
        "aws:cloudformation/stack:Stack",
        "aws:cloudformation/stackInstances:StackInstances",
        "aws:cloudformation/stackSet:StackSet",
        "aws:serverlessrepository/cloudFormationStack:CloudFormationStack",
        "aws:servicecatalog/provisionedProduct:ProvisionedProduct",
        f"{NATIVE}:index:ExtensionResource",
    }
)
OTHER_PACKAGES: Final = re.compile(
    r"awscc:|(?:aws|kubernetes|helm):index/|[^:]+:tf:(?:aws|awscc|kubernetes|kubectl|helm)_", re.ASCII
)
"""Terraform's providers of the same things, bridged as they are, and its modules: other names for all of them."""
FORMER_NAMES: Final = re.compile(r"aws:(?:applicationloadbalancing|elasticloadbalancing(?:v2)?)/", re.ASCII)
"""Of load balancers and their listeners, in packages of before aws 7, which any program may still install."""
COMMANDS: Final = frozenset({"command:local:Command", "command:remote:Command", "command:remote:CopyToRemote"})
DYNAMIC: Final = re.compile(r"pulumi-(?:nodejs|python):dynamic[:/]")


class Hidden:
    """Types that make what this pack would judge, in a form that it cannot read."""

    def __contains__(self, type_: object) -> bool:
        package, _, rest = str(type_).partition(":")
        hidden = package == NATIVE and rest.partition(":")[0] in JUDGED and type_ not in forms.NATIVE
        renamed = OTHER_PACKAGES.match(str(type_)) or FORMER_NAMES.match(str(type_))
        return type_ in WRAPPERS or hidden or renamed is not None


class Programs:
    """Types that run programs: commands, and resources whose provider is part of the program."""

    def __contains__(self, type_: object) -> bool:
        return type_ in COMMANDS or DYNAMIC.match(str(type_)) is not None


class Objects:
    """Everything in Kubernetes."""

    def __contains__(self, type_: object) -> bool:
        return str(type_).startswith(f"{PACKAGE}:")


def _readable(resource: Resource) -> Iterator[Violation]:
    yield violation("(resource)", resource.type, "the same in today's aws package, whose properties this pack judges")


READABLE: Final = Policy(
    id="provisioning-is-seen",
    requirement="INH-4",
    types=Hidden(),
    level=MANDATORY,
    severity=HIGH,
    description="Nothing is made in AWS through templates and packages that hide from these policies what it is.",
    fix="use the aws package; where that has no such resource, ask for an exemption and have the template reviewed",
    rule=_readable,
)


def _not_seen(resource: Resource) -> Iterator[Violation]:
    yield violation("(resource)", resource.type, "kubernetes.helm.v4.Chart, whose objects are judged one by one")


CHART_SEEN: Final = Policy(
    id="chart-objects-are-seen",
    requirement="INH-4",
    types=frozenset({RELEASE}),
    level=ADVISORY,
    severity=MEDIUM,
    description="What a Helm chart makes is registered object by object, where these policies see it.",
    fix="use kubernetes.helm.v4.Chart; what needs Helm's hooks stays a Release, and admission alone judges its objects",
    rule=_not_seen,
)


def _as_typed(resource: Resource) -> Iterator[Violation]:
    kind = kind_of(resource.type)
    if kind is None or kind.group in NOT_OBJECTS:
        return
    typed = f"{kind.group}/{kind.version}".lstrip("/")
    objects = [resource.props]
    if kind.wrapper == "List" and kind.kind:
        objects += [item for item in resource.props["items"].items() if item.is_object]
    for one in objects:
        with resource.isolate():
            if one["kind"].text() not in (None, kind.kind, f"{kind.kind}{kind.wrapper}"):
                yield violation(one["kind"], f"{one['kind'].text()} under the type {resource.type}", kind.kind)
        with resource.isolate():
            if one["apiVersion"].text() not in (None, typed):
                yield violation(one["apiVersion"], f"{one['apiVersion'].text()} under the type {resource.type}", typed)


AS_TYPED: Final = Policy(
    id="kind-as-typed",
    requirement="INH-4",
    types=Objects(),
    level=MANDATORY,
    severity=HIGH,
    description="A Kubernetes object is of the kind that its type says, by which these policies find it.",
    fix="use the class of the object's own kind",
    rule=_as_typed,
)


def _no_program(resource: Resource) -> Iterator[Violation]:
    yield violation("(resource)", resource.type, "resources, whose properties can be judged")


NO_PROGRAM: Final = Policy(
    id="no-commands",
    requirement="INH-4",
    types=Programs(),
    level=ADVISORY,
    severity=LOW,
    description="A stack changes what it describes, and runs no programs that change other things.",
    fix="replace the command by the resource that it makes",
    rule=_no_program,
)

POLICIES = (READABLE, CHART_SEEN, AS_TYPED, NO_PROGRAM)
