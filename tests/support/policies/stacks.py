"""Small stacks as Pulumi writes them: exports, previews and plans."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY

GROUP = "aws:ec2/securityGroup:SecurityGroup"
BUCKET = "aws:s3/bucket:Bucket"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
SECRET = "kubernetes:core/v1:Secret"
ROOT = "pulumi:pulumi:Stack"
ENCRYPTED = {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "ciphertext": "djE6c2VjcmV0"}
ALL_BLOCKED = {
    "blockPublicAcls": True,
    "blockPublicPolicy": True,
    "ignorePublicAcls": True,
    "restrictPublicBuckets": True,
}


def urn(type_: str, name: str) -> str:
    """The URN in the stack prod of the project shop."""
    return f"urn:pulumi:prod::shop::{type_}::{name}"


def resource(type_: str, name: str, inputs: Any = None, **more: Any) -> dict[str, Any]:
    """An entry of a state."""
    inputs = inputs or {}
    return {"urn": urn(type_, name), "type": type_, "custom": True, "id": f"{name}-1", "inputs": inputs, **more}


def group(source: str = "203.0.113.0/24", name: str = "web", port: int = 5432, **more: Any) -> dict[str, Any]:
    """A security group that opens its database to an office, which a mandatory policy forbids."""
    rule = {"protocol": "tcp", "fromPort": port, "toPort": port, "cidrBlocks": [source], "description": "Web"}
    return resource(GROUP, name, {"description": "Web", "ingress": [rule]}, **more)


def export(*resources: Any, version: int = 3, **more: Any) -> dict[str, Any]:
    """`pulumi stack export`."""
    root = resource(ROOT, "shop-prod")
    return {"version": version, "deployment": {"manifest": {}, "resources": [root, *resources], **more}}


def preview(*steps: tuple[str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    """`pulumi preview --json`."""
    made = [
        {"op": op, "urn": each["urn"], **({"oldState": each} if op.startswith("delete") else {"newState": each})}
        for op, each in steps
    ]
    return {"config": {}, "steps": made, "changeSummary": {}, **more}


def plan(*resources: dict[str, Any], step: str = "create", **difference: Any) -> dict[str, Any]:
    """The file of `pulumi preview --save-plan`."""
    plans = {}
    for each in resources:
        changes = difference or {"adds": each["inputs"]}
        goal = {"type": each["type"], "name": each["urn"].rsplit("::", 1)[-1], "custom": True, "inputDiff": changes}
        plans[each["urn"]] = {"goal": goal, "steps": [step], "state": None}
    return {"manifest": {}, "config": {}, "resourcePlans": plans}


def exemption(name: str, **changes: str) -> dict[str, str]:
    """An exemption for a resource of the stack."""
    given = {"urn": f"urn:pulumi:prod::shop::*::{name}", "reason": "SEC-1", "owner": "ada", "expires": "2027-01-31"}
    return {**given, **changes}


def written(folder: Path, document: Any, name: str = "stack.json") -> str:
    """The document as a file; its path."""
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document, indent=2))
    return str(path)
