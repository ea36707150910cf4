"""Deis alone, on the real engine and a real API server: what a failing Job exposes, and in which order all comes.

The order is read from the server's own events, which are numbered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest
import urllib3

from components.context import AwsContext
from components.deis import Database, Deis
from components.deis.bootstrap import ADVICE, LOGS_COMMAND
from policies.guidelines.deis import BUILDER, CONTROLLER, NAMESPACE, ROUTABLE_LABEL, ROUTER
from sandbox.engine.environment import Services
from sandbox.engine.stack import REGION, EngineError, Stack
from sandbox.providers.kubernetes.api import Api
from sandbox.providers.kubernetes.kubeconfig import Connection
from tests.engine.conftest import Sandbox
from tests.support.program.deis_of import arguments_without

PARTS = (CONTROLLER, BUILDER, ROUTER)
FAILS = {"sandbox.palisade/fail": "true"}
REPLAY_SECONDS = 1


def program(kubeconfig: Path, failing: bool) -> None:
    """A network and nodes of somebody else's, as little as there can be, and Deis on them."""

    def fail(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if not failing or args.name != "deis-bootstrap":
            return None
        spec: dict[str, Any] = args.props["spec"]  # type: ignore[assignment] (as the component gives it)
        spec["template"]["metadata"]["annotations"] = FAILS
        # What the Job does on its own anyway, without minutes of pauses between its tries.
        return pulumi.ResourceTransformResult({**args.props, "spec": {**spec, "backoffLimit": 0}}, args.opts)

    vpc = aws.ec2.Vpc("theirs", cidr_block="10.40.0.0/16")
    gateway = aws.ec2.InternetGateway("theirs", vpc_id=vpc.id)
    subnets = {
        tier: {
            zone: aws.ec2.Subnet(
                f"{tier}-{zone}",
                vpc_id=vpc.id,
                cidr_block=f"10.40.{first + at}.0/24",
                availability_zone=f"{REGION}{zone}",
            ).id
            for at, zone in enumerate("abc")
        }
        for tier, first in (("public", 0), ("private", 64))
    }
    nodes = aws.ec2.SecurityGroup("nodes", vpc_id=vpc.id, description="Nodes")
    template = aws.ec2.LaunchTemplate("nodes", image_id="ami-12c6146b", instance_type="m7i.large")
    group = aws.autoscaling.Group(
        "nodes",
        min_size=0,
        max_size=1,
        vpc_zone_identifiers=list(subnets["private"].values()),
        launch_template=aws.autoscaling.GroupLaunchTemplateArgs(id=template.id, version="$Latest"),
    )
    Deis(
        "deis",
        arguments_without(
            context=AwsContext.current(),
            vpc_id=vpc.id,
            database_subnet_ids=subnets["private"],
            balancer_subnet_ids=subnets["public"],
            node_security_group_id=nodes.id,
            autoscaling_group_names={"general": group.name},
            database=Database(deletion_protection=False),
            protect=False,
        ),
        pulumi.ResourceOptions(
            providers=[kubernetes.Provider("theirs", kubeconfig=str(kubeconfig))],
            depends_on=[gateway],
            transforms=[fail],
        ),
    )


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox of these tests' own, which goes with all that is in it: quicker than to destroy the stack."""
    made = Sandbox(tmp_path_factory.mktemp("deis") / "sandbox")
    try:
        made.must("services")
        yield made
    finally:
        Services(made.state, print).down()


@pytest.fixture(scope="module")
def stack(sandbox: Sandbox) -> Callable[[bool], Stack]:
    """The stack, with a bootstrap Job that fails or does not."""
    engine, config = sandbox.engine(), {"aws:region": REGION}

    def of(failing: bool) -> Stack:
        made = partial(program, sandbox.state.admin_kubeconfig, failing)
        return engine.stack("alone", made, config, project="deis-alone", pack=None)

    return of


def events(sandbox: Sandbox, path: str, since: str) -> list[dict[str, Any]]:
    """What happened to the objects of a path since a moment, the server's own record of it."""
    connection = Connection(str(sandbox.state.admin_kubeconfig))
    query = f"watch=1&resourceVersion={since}&timeoutSeconds={REPLAY_SECONDS}"
    answer = connection.pool.request(
        "GET",
        f"{connection.server}{path}?{query}",
        headers={"Accept": "application/json", **connection.headers()},
        timeout=urllib3.Timeout(30),
    )
    assert answer.status == 200, answer.data
    told = [json.loads(line) for line in answer.data.splitlines()]
    assert not [event for event in told if event["type"] == "ERROR"], told[-1]
    return told


def number(event: dict[str, Any]) -> int:
    return int(event["object"]["metadata"]["resourceVersion"])


def first(told: list[dict[str, Any]], name: str, fits: Callable[[dict[str, Any]], bool]) -> int:
    """The number of the first event of an object by that name that fits."""
    return next(number(each) for each in told if each["object"]["metadata"]["name"] == name and fits(each["object"]))


def condition(kind: str) -> Callable[[dict[str, Any]], bool]:
    return lambda one: any(
        each["type"] == kind and each["status"] == "True" for each in one.get("status", {}).get("conditions", [])
    )


def anything(one: dict[str, Any]) -> bool:
    return True


def now(api: Api) -> str:
    return api.request("GET", "/api/v1/namespaces")["metadata"]["resourceVersion"]


def test_a_failing_job_exposes_nothing_and_says_where_to_look(sandbox: Sandbox, stack: Callable[[bool], Stack]) -> None:
    with pytest.raises(EngineError) as failed:
        stack(True).up()
    told = " ".join(failed.value.output.split())
    assert LOGS_COMMAND in told
    assert ADVICE in told
    (job,) = sandbox.api.list("batch/v1", "Job", NAMESPACE, "")
    assert condition("Failed")(job)
    assert sandbox.api.list("v1", "Service", NAMESPACE, "") == []
    assert sandbox.api.list("apps/v1", "Deployment", NAMESPACE, "") == []
    assert {pod["metadata"]["labels"]["app"] for pod in sandbox.api.list("v1", "Pod", NAMESPACE, "")} == {
        "deis-bootstrap"
    }
    routable = sandbox.api.request("GET", "/api/v1/services", query={"labelSelector": ROUTABLE_LABEL})
    assert routable["items"] == []
    balancing = sandbox.aws("elbv2")
    (balancer,) = [
        one for one in balancing.describe_load_balancers()["LoadBalancers"] if "deis" in one["LoadBalancerName"]
    ]
    assert balancing.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"] == []


def test_repaired_the_administrator_comes_before_everything_that_can_be_reached(
    sandbox: Sandbox, stack: Callable[[bool], Stack]
) -> None:
    since = now(sandbox.api)
    stack(False).up()
    jobs = events(sandbox, f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs", since)
    services = events(sandbox, f"/api/v1/namespaces/{NAMESPACE}/services", since)
    deployments = events(sandbox, f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments", since)
    pods = events(sandbox, f"/api/v1/namespaces/{NAMESPACE}/pods", since)
    administrator = first(jobs, "deis-bootstrap", condition("Complete"))
    for part in PARTS:
        assert administrator < first(services, part, anything)
        assert administrator < first(deployments, part, anything)
        assert administrator < min(
            number(each) for each in pods if each["object"]["metadata"].get("labels", {}).get("app") == part
        )
    # The API that the router leads to is there before it, and is whitelisted from its first moment.
    assert first(deployments, CONTROLLER, condition("Available")) < first(deployments, ROUTER, anything)
    assert first(services, CONTROLLER, lambda one: ROUTABLE_LABEL in one["metadata"]["labels"]) == first(
        services, CONTROLLER, anything
    )
    assert all(
        each["object"]["metadata"]["annotations"].get("router.deis.io/whitelist")
        for each in services
        if ROUTABLE_LABEL in each["object"]["metadata"]["labels"]
    )


def test_a_second_up_changes_nothing(sandbox: Sandbox, stack: Callable[[bool], Stack]) -> None:
    since = now(sandbox.api)
    result = stack(False).up()
    assert result.summary.resource_changes is not None
    assert result.summary.resource_changes.keys() == {"same"}
    for path in (f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments", f"/api/v1/namespaces/{NAMESPACE}/secrets"):
        assert events(sandbox, path, since) == []
