"""Policies about secrets in settings of AWS resources, visible to everybody with describe permissions (INH-4)."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.secrets import named_secret, secrets_in
from policies.kernel.value import Value

PARAMETER: Final = "aws:ssm/parameter:Parameter"
CODEBUILD: Final = "aws:codebuild/project:Project"
_VARIABLES: Final = ("environmentVariables",)
_RUNTIME: Final = "runtimeEnvironmentVariables"


class Holders:
    """Types in a table, of which only the listed properties are checked."""

    by_name = True

    def __init__(self, table: Mapping[str, object]) -> None:
        self._table = table

    def __contains__(self, type_: object) -> bool:
        return type_ in self._table


HOLDERS: Final[Mapping[str, tuple[str, ...]]] = {
    PARAMETER: ("value", "insecureValue"),
    CODEBUILD: ("environment.environmentVariables",),
    "aws:amplify/app:App": _VARIABLES,
    "aws:amplify/branch:Branch": _VARIABLES,
    "aws:apigateway/deployment:Deployment": ("variables",),
    "aws:apigateway/stage:Stage": ("variables",),
    "aws:apigatewayv2/stage:Stage": ("stageVariables",),
    "aws:apprunner/service:Service": (
        f"sourceConfiguration.imageRepository.imageConfiguration.{_RUNTIME}",
        f"sourceConfiguration.codeRepository.codeConfiguration.codeConfigurationValues.{_RUNTIME}",
    ),
    "aws:batch/jobDefinition:JobDefinition": ("containerProperties", "ecsProperties"),
    "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime": _VARIABLES,
    "aws:ecs/daemonTaskDefinition:DaemonTaskDefinition": ("containerDefinitions",),
    "aws:ecs/taskDefinition:TaskDefinition": ("containerDefinitions",),
    "aws:elasticbeanstalk/configurationTemplate:ConfigurationTemplate": ("settings",),
    "aws:elasticbeanstalk/environment:Environment": ("settings",),
    "aws:glue/job:Job": ("defaultArguments", "nonOverridableArguments"),
    "aws:lambda/function:Function": ("environment.variables",),
    "aws:lightsail/containerServiceDeploymentVersion:ContainerServiceDeploymentVersion": ("containers",),
    "aws:mwaa/environment:Environment": ("airflowConfigurationOptions",),
    "aws:sagemaker/model:Model": ("primaryContainer.environment", "containers"),
    "aws:sagemaker/trainingJob:TrainingJob": ("environment",),
    "aws:ssm/document:Document": ("content",),
}
"""Type -> properties that set variables, arguments or texts, in any depth; those of the AWS SDK of 2026-11-28."""
KEPT: Final = frozenset({"PARAMETER_STORE", "SECRETS_MANAGER"})
"""Types of CodeBuild's variables whose value is the name of a secret."""
DOCUMENT: Final = ("{", "[")
REQUIRED: Final = "Secrets Manager or a SecureString, read where it is needed"


def _no_secret(resource: Resource) -> Iterator[Violation]:
    if resource.type == PARAMETER:
        yield from _parameter(resource)
        return
    for path in HOLDERS[resource.type]:
        with resource.isolate():
            yield from _in(resource, resource.props.along(*path.split(".")))


def _parameter(resource: Resource) -> Iterator[Violation]:
    if resource.props["type"].text() == "SecureString":
        return
    with resource.isolate():
        name = (resource.props["name"].text() or "").rpartition("/")[2]
        for path in HOLDERS[PARAMETER]:
            with resource.isolate():
                yield from _text(name, resource.props[path])


def _in(resource: Resource, value: Value) -> Iterator[Violation]:
    """The secrets in a property: a map, a list of names and values, a document of either, or a text."""
    if not value.present:
        return
    if not value.is_object and not value.is_list:
        if not (value.text() or "").lstrip().startswith(DOCUMENT):
            yield from _text("", value)
            return
        value = value.document()
    if value.is_list:
        for one in value.items():
            with resource.isolate():
                yield from _in(resource, one)
        return
    fields = value.fields()
    if "name" in fields and "value" in fields:
        if "type" not in fields or fields["type"].text() not in KEPT:
            yield from _text(fields["name"].text() or "", fields["value"])
        return
    for name, one in fields.items():
        with resource.isolate():
            yield from _in(resource, one) if one.is_object or one.is_list else _text(name, one)


def _text(name: str, value: Value) -> Iterator[Violation]:
    # The ARN of a secret is often unknown yet.
    if value.known and named_secret(name, value):
        yield violation(value, f"the text of {name}", REQUIRED)
    elif found := sorted(set(secrets_in(value.text() or ""))):
        yield violation(value, ", ".join(found), REQUIRED)


NO_SECRET = Policy(
    id="no-secret-in-settings",
    requirement="INH-4",
    types=Holders(HOLDERS),
    level=MANDATORY,
    severity=HIGH,
    description="No password, key or token is a plain setting: of a function, task, build, job or parameter.",
    fix="keep it in Secrets Manager, give the name to the program, and change what was here",
    rule=_no_secret,
)

PASSWORDS: Final[Mapping[str, str]] = {
    "aws:directoryservice/directory:Directory": "password",
    "aws:dms/endpoint:Endpoint": "password",
    "aws:docdb/cluster:Cluster": "masterPassword",
    "aws:docdb/elasticCluster:ElasticCluster": "adminUserPassword",
    "aws:elasticache/replicationGroup:ReplicationGroup": "authToken",
    "aws:elasticache/user:User": "passwords",
    "aws:fsx/ontapFileSystem:OntapFileSystem": "fsxAdminPassword",
    "aws:lightsail/database:Database": "masterPassword",
    "aws:odb/autonomousDatabase:AutonomousDatabase": "adminPassword",
    "aws:rds/cluster:Cluster": "masterPassword",
    "aws:rds/instance:Instance": "password",
    "aws:redshift/cluster:Cluster": "masterPassword",
    "aws:redshiftserverless/namespace:Namespace": "adminUserPassword",
    "aws:timestreaminfluxdb/dbCluster:DbCluster": "password",
    "aws:timestreaminfluxdb/dbInstance:DbInstance": "password",
}
"""Type -> property with the administrator's password."""
SHORTEST: Final = 16
LEAST_BITS: Final = 3.0
"""Shannon entropy a character; a random text of the shortest length has more in all but one of a million."""
COMMON: Final = re.compile(r"(?i)passw|secret|admin|welcome|change|qwert|letmein|hunter|12345|abcd")


def _made(text: str) -> bool:
    """Whether a text looks like a generated password."""
    if len(text) < SHORTEST or COMMON.search(text):
        return False
    shares = (count / len(text) for count in Counter(text).values())
    return -sum(share * math.log2(share) for share in shares) >= LEAST_BITS


def _generated(resource: Resource) -> Iterator[Violation]:
    def check(value: Value) -> Iterator[Violation]:
        text = value.text()
        if text is not None and not _made(text):
            yield violation(value, "a password that somebody chose", "one that a program makes and keeps secret")

    yield from resource.each(resource.props[PASSWORDS[resource.type]].one_or_more(), check)


GENERATED = Policy(
    id="database-password-generated",
    requirement="INH-4",
    types=Holders(PASSWORDS),
    level=MANDATORY,
    severity=HIGH,
    description="A database's or directory's password is made by a program, never written in one.",
    fix="set manageMasterUserPassword where AWS has it, or use the result of random.RandomPassword",
    rule=_generated,
)

POLICIES = (NO_SECRET, GENERATED)
