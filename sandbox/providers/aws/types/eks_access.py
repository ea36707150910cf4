"""Access to a cluster, and AWS rights of its pods: access entries and Pod Identity."""

from __future__ import annotations

from collections.abc import Set

from sandbox.providers.aws.client import Aws
from sandbox.providers.aws.kind import Kind, Properties
from sandbox.providers.aws.types.eks import retag


class AccessEntry(Kind):
    """An access entry; its ID is `<cluster>:<principal>`."""

    token = "aws:eks/accessEntry:AccessEntry"
    accepts = {"clusterName", "principalArn", "kubernetesGroups", "type", "userName"}
    replaces = {"clusterName", "principalArn", "type"}

    @staticmethod
    def _key(id_: str) -> dict[str, str]:
        cluster, _, principal = id_.partition(":")
        return {"clusterName": cluster, "principalArn": principal}

    def create(self, aws: Aws, inputs: Properties) -> str:
        key = {"clusterName": inputs["clusterName"], "principalArn": inputs["principalArn"]}
        aws.call(
            "eks", "create_access_entry", **key, kubernetesGroups=inputs.get("kubernetesGroups"),
            type=inputs.get("type"), username=inputs.get("userName"), tags=inputs.get("tagsAll") or None,
        )  # fmt: skip
        return f"{inputs['clusterName']}:{inputs['principalArn']}"

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("eks", "describe_access_entry", "accessEntry", **self._key(id_))
        if found is None:
            return None
        return {
            "accessEntryArn": found["accessEntryArn"],
            "clusterName": found["clusterName"],
            "principalArn": found["principalArn"],
            "kubernetesGroups": found.get("kubernetesGroups") or [],
            "type": found["type"],
            "userName": found["username"],
            "createdAt": found["createdAt"].isoformat(),
            "modifiedAt": found["modifiedAt"].isoformat(),
            "tags": found.get("tags") or {},
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if changed & {"kubernetesGroups", "userName"}:
            groups = new.get("kubernetesGroups") or []
            user = new.get("userName")
            aws.call("eks", "update_access_entry", **self._key(id_), kubernetesGroups=groups, username=user)
        if "tags" in changed:
            retag(aws, old["accessEntryArn"], new, old)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("eks", "delete_access_entry", **self._key(id_))


class AccessPolicyAssociation(Kind):
    """An EKS access policy associated with an access entry; its ID is `<cluster>#<principal>#<policy>`."""

    token = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
    accepts = {"clusterName", "principalArn", "policyArn", "accessScope"}
    replaces = {"clusterName", "principalArn", "policyArn", "accessScope"}
    taggable = False

    def create(self, aws: Aws, inputs: Properties) -> str:
        given = {key: inputs[key] for key in self.accepts}
        aws.call("eks", "associate_access_policy", **aws.shaped("eks", "associate_access_policy", given))
        return "#".join(inputs[key] for key in ("clusterName", "principalArn", "policyArn"))

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        cluster, principal, policy = id_.split("#")
        path = f"associatedAccessPolicies[?policyArn=='{policy}'] | [0]"
        operation = "list_associated_access_policies"
        found = aws.find("eks", operation, path, clusterName=cluster, principalArn=principal)
        if found is None:
            return None
        return {
            "clusterName": cluster,
            "principalArn": principal,
            "policyArn": policy,
            "accessScope": found["accessScope"],
            "associatedAt": found["associatedAt"].isoformat(),
            "modifiedAt": found["modifiedAt"].isoformat(),
        }

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        cluster, principal, policy = id_.split("#")
        aws.call(
            "eks", "disassociate_access_policy", clusterName=cluster, principalArn=principal, policyArn=policy
        )  # fmt: skip


class PodIdentityAssociation(Kind):
    """The role of a service account's pods; its ID is `<cluster>,<association>`."""

    token = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
    accepts = {"clusterName", "namespace", "serviceAccount", "roleArn"}
    replaces = {"clusterName", "namespace", "serviceAccount"}

    def create(self, aws: Aws, inputs: Properties) -> str:
        given = {key: inputs[key] for key in self.accepts}
        tags = inputs.get("tagsAll") or None
        made = aws.call("eks", "create_pod_identity_association", **given, tags=tags)["association"]
        return f"{made['clusterName']},{made['associationId']}"

    @staticmethod
    def _key(id_: str) -> dict[str, str]:
        cluster, _, association = id_.partition(",")
        return {"clusterName": cluster, "associationId": association}

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("eks", "describe_pod_identity_association", "association", **self._key(id_))
        if found is None:
            return None
        names = (*self.accepts, "associationArn", "associationId")
        return {**{name: found[name] for name in names}, "tags": found.get("tags") or {}}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if "roleArn" in changed:
            aws.call("eks", "update_pod_identity_association", **self._key(id_), roleArn=new["roleArn"])
        if "tags" in changed:
            retag(aws, old["associationArn"], new, old)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("eks", "delete_pod_identity_association", **self._key(id_))


KINDS = (AccessEntry, AccessPolicyAssociation, PodIdentityAssociation)
