"""Kill the engine in the middle of an operation, and follow docs/recovery.md."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jmespath
import psutil

from sandbox.engine.identities import STACK
from sandbox.engine.processes import wait_for_end
from sandbox.engine.stack import ROOT
from tests.engine.conftest import Sandbox
from tests.support.engine import inventory as census

TROUBLE_SECONDS = 900


def kill_engine(sandbox: Sandbox, command: list[str], done: str, count: int) -> None:
    """Start a command and kill its engine, once a number of lines of its output match.

    Returns when the plugins, which finish their AWS requests, have ended as well.
    """
    path = sandbox.folder / "killed.log"
    environment = {**os.environ, **sandbox.engine().environment(), "COLUMNS": "200"}
    with path.open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + TROUBLE_SECONDS
        while path.read_text().count(done) < count:
            assert process.poll() is None, path.read_text()[-3000:]
            assert time.monotonic() < deadline
            time.sleep(0.05)
        started = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        lines = {each: each.cmdline() for each in started}
        engine = str(sandbox.folder / "bin" / "pulumi")
        engines = [each for each, line in lines.items() if line[:1] == [engine]]
        assert engines, "no engine was at work"
        for each in engines:
            each.kill()
        process.wait(TROUBLE_SECONDS)
    plugins = [each for each, line in lines.items() if any(part.startswith("sandbox.providers.") for part in line)]
    assert plugins
    assert not wait_for_end(plugins, TROUBLE_SECONDS), "a plugin went on without its engine"
    # The pack's process, which changes nothing.
    for each in wait_for_end(list(lines), 1):
        each.kill()


def recover(sandbox: Sandbox) -> tuple[int, int]:
    """Follow the documented steps; return how many pending creations were imported, and how many had not happened."""
    restore_checkpoint(sandbox)
    sandbox.must_pulumi("cancel", "--yes")
    deployment = sandbox.stack().export()
    pending = [each for each in deployment.get("pending_operations") or [] if each["type"] == "creating"]
    wanted = [each["resource"] for each in pending]
    exists = identified(sandbox, wanted, deployment.get("resources") or [])
    if exists:
        command = [sys.executable, "-m", "commands.adopt_pending", *itertools.chain.from_iterable(exists.items())]
        exported = sandbox.must_pulumi("stack", "export")
        done = subprocess.run(command, cwd=ROOT, input=exported, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        path = sandbox.folder / "adopted.json"
        path.write_text(done.stdout)
        sandbox.must_pulumi("stack", "import", "--file", str(path))
    sandbox.must_pulumi("refresh", "--yes", "--skip-preview", "--clear-pending-creates")
    assert not sandbox.stack().export().get("pending_operations")
    return len(exists), len(pending) - len(exists)


def attributes(sandbox: Sandbox) -> Path:
    """The file that the engine writes first, before it replaces the state."""
    return sandbox.folder / "backend" / ".pulumi" / "stacks" / "palisade" / f"{STACK}.json.attrs"


def restore_checkpoint(sandbox: Sandbox) -> None:
    """Restore a state whose engine was killed while writing it, as documented."""
    path = attributes(sandbox)
    if path.exists() and not path.read_text():
        path.unlink()


def identified(sandbox: Sandbox, wanted: list[dict[str, Any]], known: list[dict[str, Any]]) -> dict[str, str]:
    """URN -> ID of the pending creations that happened: resources of the type that are not in the state."""
    found, unknown = {}, census.unrecorded(sandbox, known)
    asked = Counter(resource["type"] for resource in wanted)
    for resource in wanted:
        package, _, type_ = resource["type"].partition(":")
        if package == "kubernetes":
            metadata = resource["inputs"]["metadata"]
            id_ = f"{metadata['namespace']}/{metadata['name']}" if metadata.get("namespace") else metadata["name"]
            if sandbox.api.get(resource["inputs"]) is not None:
                found[resource["urn"]] = id_
        elif type_ in LINKS:
            if id_ := LINKS[type_](sandbox, resource["inputs"]):
                found[resource["urn"]] = id_
        elif candidates := unknown.get(type_):
            alone = len(candidates) == asked[resource["type"]] == 1
            matching = [each for each in candidates if alone or _is(sandbox, type_, each, resource["inputs"])]
            if matching:
                found[resource["urn"]] = matching[0]
                unknown[type_] = candidates - {matching[0]}
    return found


def _route(sandbox: Sandbox, inputs: dict[str, Any]) -> str | None:
    (table,) = sandbox.aws("ec2").describe_route_tables(RouteTableIds=[inputs["routeTableId"]])["RouteTables"]
    wanted = inputs["destinationCidrBlock"]
    there = wanted in {route.get("DestinationCidrBlock") for route in table["Routes"]}
    return f"r-{inputs['routeTableId']}-{wanted}" if there else None


def _association(sandbox: Sandbox, inputs: dict[str, Any]) -> str | None:
    (table,) = sandbox.aws("ec2").describe_route_tables(RouteTableIds=[inputs["routeTableId"]])["RouteTables"]
    by_subnet = {each.get("SubnetId"): each["RouteTableAssociationId"] for each in table["Associations"]}
    return by_subnet.get(inputs["subnetId"])


LINKS: Mapping[str, Callable[[Sandbox, dict[str, Any]], str | None]] = {
    "ec2/route:Route": _route,
    "ec2/routeTableAssociation:RouteTableAssociation": _association,
}
"""Types that are not counted, and that AWS does not let be made again: the ID of the one that is there."""
NAMED = {
    "ec2/securityGroup:SecurityGroup": ("describe_security_groups", "GroupIds", "SecurityGroups[0].GroupName"),
    "ec2/launchTemplate:LaunchTemplate": (
        "describe_launch_templates",
        "LaunchTemplateIds",
        "LaunchTemplates[0].LaunchTemplateName",
    ),
}
"""Types of EC2 whose name is no part of the ID: how it is asked for."""


def _is(sandbox: Sandbox, type_: str, id_: str, inputs: dict[str, Any]) -> bool:
    """Whether an existing resource is the pending one: by its name, its Name tag, or its parent."""
    names = {str(value) for key, value in inputs.items() if key.lower().endswith(("name", "identifier", "bucket"))}
    if any(re.search(rf"(^|[:/]){re.escape(name)}($|[/-])", id_) for name in names):
        return True
    if type_ in SAME:
        return SAME[type_](sandbox, id_, inputs)
    ec2 = sandbox.aws("ec2")
    if type_ in NAMED:
        operation, parameter, path = NAMED[type_]
        return jmespath.search(path, getattr(ec2, operation)(**{parameter: [id_]})) in names
    label = (inputs.get("tags") or {}).get("Name")
    if type_.startswith("ec2/") and label:
        tags = ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [id_]}])["Tags"]
        return any(tag["Key"] == "Name" and tag["Value"] == label for tag in tags)
    return False


def _same_rule(sandbox: Sandbox, id_: str, inputs: dict[str, Any]) -> bool:
    (rule,) = sandbox.aws("ec2").describe_security_group_rules(SecurityGroupRuleIds=[id_])["SecurityGroupRules"]
    about = (rule.get("ReferencedGroupInfo") or {}).get("GroupId")
    told = (rule["GroupId"], rule["IpProtocol"], rule["ToPort"], rule.get("CidrIpv4"), about)
    wanted = ("securityGroupId", "ipProtocol", "toPort", "cidrIpv4", "referencedSecurityGroupId")
    # moto drops the description of a rule about another group.
    described = about is not None or rule.get("Description") == inputs.get("description")
    return described and told == tuple(inputs.get(name) for name in wanted)


def _same_listener(sandbox: Sandbox, id_: str, inputs: dict[str, Any]) -> bool:
    (listener,) = sandbox.aws("elbv2").describe_listeners(ListenerArns=[id_])["Listeners"]
    return (listener["LoadBalancerArn"], listener["Port"]) == (inputs["loadBalancerArn"], inputs["port"])


def _same_key(sandbox: Sandbox, id_: str, inputs: dict[str, Any]) -> bool:
    return sandbox.aws("kms").describe_key(KeyId=id_)["KeyMetadata"]["Description"] == inputs.get("description")


def _same_entry(sandbox: Sandbox, id_: str, inputs: dict[str, Any]) -> bool:
    return id_ == f"{inputs['clusterName']}:{inputs['principalArn']}"


SAME: Mapping[str, Callable[[Sandbox, str, dict[str, Any]], bool]] = {
    "eks/accessEntry:AccessEntry": _same_entry,
    "vpc/securityGroupIngressRule:SecurityGroupIngressRule": _same_rule,
    "vpc/securityGroupEgressRule:SecurityGroupEgressRule": _same_rule,
    "lb/listener:Listener": _same_listener,
    "kms/key:Key": _same_key,
}
"""Types whose things are told apart by more than a name."""
