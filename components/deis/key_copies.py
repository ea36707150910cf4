"""Distribute a new storage key to running applications (AWS-S3).

The controller copies the Secret with the storage key into an application's namespace, and renews the copy only with the
application's next release (v2.22.0, rootfs/api/models/app.py, create_object_store_secret). After a rotation, pods of
other applications would request their slug from S3 with a deleted key. So a Job updates the copies: after the new key
exists, and before the old key is deleted, which the engine does last. Every new key makes a new Job, and the old key
stays if the Job fails.

The Job may list namespaces, and patch Secrets of this one name; it can read no Secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_kubernetes as k8s

from components.deis.api_script import ASK, MERGE
from components.deis.args import DeisArgs
from components.deis.network_policies import KEY_COPIES
from components.deis.rights import make_rights
from components.deis.secrets import OBJECT_STORAGE
from components.deis.workload import NOBODY, Volume, container_security, meta, pod, resources
from policies.guidelines.deis import APPLICATION_LABEL, NAMESPACE

VOLUME: Final = Volume(name="objectstore", path="/etc/deis/objectstore", secret=OBJECT_STORAGE)
DEADLINE_SECONDS: Final = 600
RETRIES: Final = 4

SCRIPT: Final = f"""\
{ASK}

import base64, sys

folder, name, own, label = sys.argv[1:]
data = {{}}
for key in os.listdir(folder):
    if not key.startswith("."):
        with open(folder + "/" + key, "rb") as file:
            data[key] = base64.b64encode(file.read()).decode()
spaces = [one["metadata"]["name"] for one in ask("GET", "/api/v1/namespaces?labelSelector=" + label)["items"]]
for space in spaces:
    if space == own:
        continue
    try:
        ask("PATCH", "/api/v1/namespaces/" + space + "/secrets/" + name, {{"data": data}}, "{MERGE}")
        print("brought up to date:", space)
    except urllib.error.HTTPError as error:
        # Images need no slugs, so their applications have no copy.
        if error.code != 404:
            raise
"""


def make_key_copies(
    name: str, args: DeisArgs, revision: pulumi.Input[str], after: Sequence[pulumi.Resource], parent: pulumi.Resource
) -> k8s.batch.v1.Job:
    """Make the Job of a storage key, identified by `revision`, and its role; `after` includes the Secret."""
    opts = pulumi.ResourceOptions(parent=parent, depends_on=[*after])
    child = f"{name}-key-copies"
    rights = make_rights(child, KEY_COPIES, opts)
    container = k8s.core.v1.ContainerArgs(
        name=KEY_COPIES,
        image=args.images.reference("controller"),
        image_pull_policy="IfNotPresent",
        command=["python", "-c", SCRIPT, VOLUME.path, OBJECT_STORAGE, NAMESPACE, "=".join(APPLICATION_LABEL)],
        resources=resources("50m", "64Mi", memory_limit="128Mi"),
        security_context=container_security(read_only=True, uid=NOBODY),
        volume_mounts=[VOLUME.mount()],
    )
    return k8s.batch.v1.Job(
        child,
        metadata=meta(KEY_COPIES, KEY_COPIES),
        spec=k8s.batch.v1.JobSpecArgs(
            active_deadline_seconds=DEADLINE_SECONDS,
            backoff_limit=RETRIES,
            template=pod(
                KEY_COPIES,
                container,
                volumes=[VOLUME],
                service_account=KEY_COPIES,
                token=True,
                service_links=False,
                annotations={"palisade/revision": revision},
                restart_policy="Never",
            ),
        ),
        # A new key makes a new Job of the same name.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[*after, *rights], delete_before_replace=True),
    )
