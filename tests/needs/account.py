"""The policies of a run of the program: of each identity, resource and VPC endpoint."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from moto.iam.aws_managed_policies import aws_managed_policies_data

from sandbox.providers.mocks import Registered, Run
from tests.needs.iam import Policies, Policy

REFERENCE: Final = re.compile(r"\{([\w]+)/([\w.*-]+)\.(\w+)\}")
KEY_SERVICES: Final = ("kms", "sts")
"""Services whose resources' policies decide alone whether identity policies count."""


@functools.cache
def managed_by_aws() -> Mapping[str, Any]:
    """AWS's managed policies by name, as AWS published them: moto's copy, each with the date of its version."""
    return json.loads(aws_managed_policies_data)


def kind_of(resource: Registered) -> str:
    """The last part of the type: `role` of aws:iam/role:Role."""
    return resource.type.rsplit(":", maxsplit=1)[0].rsplit("/", maxsplit=1)[-1]


class Account:
    """The policies of a run. `prefix` is the name of the stack's resources, `facts` describe the configuration."""

    def __init__(self, run: Run, *, prefix: str, account: str, region: str) -> None:
        self.run, self.prefix, self.account, self.region = run, prefix, account, region
        self.by_kind: dict[str, list[Registered]] = {}
        for resource in run.resources:
            if resource.type.startswith("aws:"):
                self.by_kind.setdefault(kind_of(resource), []).append(resource)

    def of(self, kind: str) -> list[Registered]:
        """The resources of a kind, the last part of the type."""
        return self.by_kind.get(kind, [])

    def find(self, kind: str, name: str) -> Registered | None:
        """The resource of a kind by its name without the stack's prefix; the name may be the prefix alone (`-`)."""
        full = self.prefix if name == "-" else f"{self.prefix}-{name}"
        return next((one for one in self.of(kind) if one.name == full), None)

    def fill(self, text: str) -> str:
        """The text with `{account}`, `{region}`, `{name}` and `{kind/name.output}` replaced.

        Raises:
            LookupError: the program registered no such resource.
        """

        def output(found: re.Match[str]) -> str:
            resource = self.find(found[1], found[2])
            if resource is None:
                raise LookupError(f"no {found[1]} named {found[2]}")
            return resource.id if found[3] == "id" else str(resource.outputs[found[3]])

        filled = REFERENCE.sub(output, text)
        for key, value in (("account", self.account), ("region", self.region), ("name", self.prefix)):
            filled = filled.replace(f"{{{key}}}", value)
        return filled

    def identity_policies(self, identity: Registered) -> list[Policy]:
        """Inline, attached and group policies of a role, user or group."""
        kind, name = kind_of(identity), identity.outputs["name"]
        found: list[Policy] = []
        for resource in self.of(f"{kind}Policy"):
            if resource.inputs[kind] == name:
                found.append(Policy.parse(f"{resource.name} (inline)", resource.inputs["policy"]))
        for resource in self.of(f"{kind}PolicyAttachment"):
            if resource.inputs[kind] == name:
                found.append(self.managed(resource.inputs["policyArn"]))
        for arn in identity.inputs.get("managedPolicyArns") or []:
            found.append(self.managed(arn))
        for membership in self.of("userGroupMembership") if kind == "user" else []:
            if membership.inputs["user"] == name:
                for group in self.of("group"):
                    if group.outputs["name"] in membership.inputs["groups"] and group.type.startswith("aws:iam/"):
                        found += self.identity_policies(group)
        return found

    def managed(self, arn: str) -> Policy:
        """A managed policy, of AWS or of the program.

        Raises:
            LookupError: nobody knows it.
        """
        for resource in self.of("policy"):
            if resource.outputs["arn"] == arn:
                return Policy.parse(resource.name, resource.inputs["policy"])
        name = arn.rsplit("/", maxsplit=1)[-1]
        if ":iam::aws:policy/" not in arn or name not in managed_by_aws():
            raise LookupError(f"{arn} is no managed policy of the program, and AWS's documents here do not have it")
        return Policy(where=name, document=managed_by_aws()[name]["Document"])

    def boundary(self, identity: Registered) -> Policy | None:
        """The permissions boundary."""
        arn = identity.inputs.get("permissionsBoundary")
        return self.managed(arn) if arn else None

    def resource_policies(self, arn: str) -> list[Policy]:
        """The policies of the resource itself: of a key, bucket, topic, secret, or the trust policy of a role."""
        return list(self._resource_policies(arn))

    def _resource_policies(self, arn: str) -> Iterator[Policy]:
        for resource in self.of("key"):
            if resource.outputs["arn"] == arn:
                yield Policy.parse(resource.name, resource.inputs["policy"])
        for kind, owner, target in (
            ("bucketPolicy", "bucket", lambda value: f"arn:aws:s3:::{value}"),
            ("topicPolicy", "arn", str),
            ("secretPolicy", "secretArn", str),
        ):
            for resource in self.of(kind):
                own = target(resource.inputs[owner])
                if arn == own or arn.startswith(f"{own}/"):
                    yield Policy.parse(resource.name, resource.inputs["policy"])
        for resource in self.of("role"):
            if resource.outputs["arn"] == arn:
                yield Policy.parse(f"{resource.name} (trust)", resource.inputs["assumeRolePolicy"])

    def endpoint(self, service: str) -> Registered | None:
        """The VPC endpoint of a service, by the last part of com.amazonaws.<region>.<service>."""
        name = f"com.amazonaws.{self.region}.{service}"
        return next((one for one in self.of("vpcEndpoint") if one.inputs["serviceName"] == name), None)

    def policies(
        self, identity: Registered | None, action: str, resource: str, endpoint: Registered | None
    ) -> Policies:
        """All that apply to a call."""
        policy = endpoint and endpoint.inputs.get("policy")
        return Policies(
            identity=self.identity_policies(identity) if identity else (),
            boundary=self.boundary(identity) if identity else None,
            resource=self.resource_policies(resource),
            endpoint=Policy.parse(f"the endpoint {endpoint.name}", policy) if endpoint and policy else None,
            resource_decides=action.partition(":")[0] in KEY_SERVICES and bool(self.resource_policies(resource)),
        )
