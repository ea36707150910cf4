"""A new storage key for applications that run already (AWS-S3).

The controller copies the Secret with the storage key into an application's namespace, and renews the copy with the
application's next release only (v2.22.0, rootfs/api/models/app.py, create_object_store_secret). After a rotation, pods
of other applications would ask S3 for their slug with a key that is gone. So a Job brings the copies up to date: after
the new key is there, and before the old one is deleted, which the engine does last of all. It is a new Job with every
new key, and the old key stays when it fails.

It may list namespaces, and patch Secrets of this one name; it can read none.
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
    """The Job for one storage key, told apart by `revision`, and its right; `after` includes the Secret."""
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
        # A new key is a new Job of the same name.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[*after, *rights], delete_before_replace=True),
    )
