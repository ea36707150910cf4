"""A monthly restart of controller and builder: both read their API token once and keep it until it has expired.

The Job uses the controller's image, which is on the node already, with the right to patch these two Deployments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_kubernetes as k8s

from components.deis.api_script import ASK, STRATEGIC
from components.deis.args import DeisArgs
from components.deis.rights import Rule, make_namespace_role, make_service_account
from components.deis.workload import NOBODY, container_security, cron_job, resources
from policies.guidelines.deis import BUILDER, CONTROLLER, NAMESPACE, RESTART

RESTARTED: Final = (CONTROLLER, BUILDER)
SCHEDULE: Final = "23 4 1 * *"
"""The first of every month; tokens last for three."""

SCRIPT: Final = f"""\
{ASK}

import datetime, sys

now = datetime.datetime.now(datetime.timezone.utc).isoformat()
patch = {{"spec": {{"template": {{"metadata": {{"annotations": {{"kubectl.kubernetes.io/restartedAt": now}}}}}}}}}}
namespace, names = sys.argv[1], sys.argv[2:]
for name in names:
    path = "/apis/apps/v1/namespaces/" + namespace + "/deployments/" + name + "?fieldManager=deis-restart"
    ask("PATCH", path, patch, "{STRATEGIC}")
    print("restarted", name)
"""


def make_restart(
    name: str, args: DeisArgs, after: Sequence[pulumi.Resource], parent: pulumi.Resource
) -> k8s.batch.v1.CronJob:
    """The CronJob, its account and its right."""
    opts = pulumi.ResourceOptions(parent=parent, depends_on=[*after])
    child = f"{name}-restart"
    rule = Rule(group="apps", resources=["deployments"], verbs=["patch"], names=RESTARTED)
    rights = [make_service_account(child, RESTART, opts), *make_namespace_role(child, RESTART, [rule], opts)]
    container = k8s.core.v1.ContainerArgs(
        name=RESTART,
        image=args.images.reference("controller"),
        image_pull_policy="IfNotPresent",
        command=["python", "-c", SCRIPT, NAMESPACE, *RESTARTED],
        resources=resources("50m", "64Mi", memory_limit="128Mi"),
        security_context=container_security(read_only=True, uid=NOBODY),
    )
    return cron_job(
        child,
        RESTART,
        container,
        schedule=SCHEDULE,
        token=True,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[*after, *rights]),
    )
