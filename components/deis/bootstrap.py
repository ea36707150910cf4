"""The Job that secures Deis before it is reachable: migrations, then the administrator (DEIS-REG).

While there is no superuser, `admin_only` lets anybody register, and the first user becomes the administrator. So Deis
has no Service, pod or listener before this Job has completed; afterwards the database refuses to lose its last
superuser, by `deis auth:cancel`, `deis perms:delete --admin` or otherwise. The Job runs again with every new image of
the controller and is idempotent: an administrator who has changed the password keeps it.

The Job gets a hash, so the password itself is nowhere in the cluster: read access to all Secrets does not include
administrator access to Deis.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_kubernetes as k8s

from components.deis import secrets
from components.deis.args import DeisArgs
from components.deis.controller import VOLUMES, environment
from components.deis.network_policies import BOOTSTRAP
from components.deis.rights import make_service_account
from components.deis.workload import NOBODY, container_security, meta, pod, resources, secret
from policies.guidelines.deis import NAMESPACE

LOGS_COMMAND: Final = f"kubectl -n {NAMESPACE} logs job/{BOOTSTRAP}"
ADVICE: Final = (
    "The first administrator of Deis could not be made, so nothing of Deis was exposed (DEIS-REG). "
    f"See why with `{LOGS_COMMAND}`, then run `pulumi up` again."
)
DEADLINE_SECONDS: Final = 900
RETRIES: Final = 4

KEEP_THE_LAST: Final = """\
CREATE OR REPLACE FUNCTION keep_the_last_superuser() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Two who go at the same time would each count on the other.
    PERFORM pg_advisory_xact_lock(hashtext('keep_the_last_superuser'));
    IF NOT EXISTS (SELECT 1 FROM auth_user WHERE is_superuser) THEN
        RAISE EXCEPTION 'the last administrator stays: without one, anybody could become it (DEIS-REG)';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS keep_the_last_superuser ON auth_user;
CREATE TRIGGER keep_the_last_superuser AFTER UPDATE OR DELETE ON auth_user
    FOR EACH ROW WHEN (OLD.is_superuser) EXECUTE FUNCTION keep_the_last_superuser();
DROP TRIGGER IF EXISTS keep_the_last_superuser_on_truncate ON auth_user;
-- TRUNCATE, which `manage.py flush` uses, fires no row trigger.
CREATE TRIGGER keep_the_last_superuser_on_truncate AFTER TRUNCATE ON auth_user
    FOR EACH STATEMENT EXECUTE FUNCTION keep_the_last_superuser();
"""
"""Idempotent SQL; `auth_user` is Django's table of users, which the migrations create."""

SCRIPT: Final = (
    f"KEEP_THE_LAST = {KEEP_THE_LAST!r}\n"
    + """\
import os
from django.contrib.auth import get_user_model
from django.db import connection, transaction

username = os.environ["ADMINISTRATOR_USERNAME"].strip()
password_hash = os.environ["ADMINISTRATOR_HASH"]
if not username or password_hash.count("$") != 3:
    # Django would make an administrator who cannot log in.
    raise SystemExit("the administrator needs a name and the hash of a password")
with transaction.atomic():
    user, new = get_user_model().objects.get_or_create(
        username=username, defaults={"email": os.environ["ADMINISTRATOR_EMAIL"]}
    )
    if new:
        user.password = password_hash
    user.is_superuser = user.is_staff = user.is_active = True
    user.save()
    with connection.cursor() as cursor:
        cursor.execute(KEEP_THE_LAST)
print("administrator", username, "was made" if new else "is there already")
"""
)
SHELL: Final = """\
{ python /app/manage.py migrate --noinput && python /app/manage.py shell -c "$1"; } || { echo "$2" >&2; exit 1; }
"""


def _tell(failed: pulumi.ErrorHookArgs) -> bool:
    """Explain the failure and name the log; the engine does not retry: the Job has retried already."""
    pulumi.log.error(f"{failed.failed_operation} of {failed.name} failed. {ADVICE}")
    return False


def make_bootstrap(
    name: str, args: DeisArgs, after: Sequence[pulumi.Resource], parent: pulumi.Resource
) -> k8s.batch.v1.Job:
    """Make the Job, after the database, its Secrets and the policies that open the database to it and nothing else."""
    opts = pulumi.ResourceOptions(parent=parent, depends_on=[*after])
    account = make_service_account(f"{name}-bootstrap", BOOTSTRAP, opts)
    container = k8s.core.v1.ContainerArgs(
        name=BOOTSTRAP,
        image=args.images.reference("controller"),
        image_pull_policy="IfNotPresent",
        command=["/bin/sh", "-c", SHELL, BOOTSTRAP, SCRIPT, ADVICE],
        working_dir="/app",
        env=[
            *environment(args),
            *(
                secret(f"ADMINISTRATOR_{key.upper()}", secrets.ADMINISTRATOR, key)
                for key in ("username", "email", "hash")
            ),
        ],
        resources=resources("250m", "512Mi", memory_limit="1Gi"),
        security_context=container_security(read_only=True, uid=NOBODY),
        termination_message_policy="FallbackToLogsOnError",
        volume_mounts=[volume.mount() for volume in VOLUMES],
    )
    return k8s.batch.v1.Job(
        f"{name}-bootstrap",
        metadata=meta(BOOTSTRAP, BOOTSTRAP),
        spec=k8s.batch.v1.JobSpecArgs(
            active_deadline_seconds=DEADLINE_SECONDS,
            backoff_limit=RETRIES,
            template=pod(
                BOOTSTRAP,
                container,
                volumes=VOLUMES,
                service_account=BOOTSTRAP,
                token=False,
                service_links=False,
                restart_policy="Never",
            ),
        ),
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                depends_on=[account],
                # A new image makes a new Job of the same name.
                delete_before_replace=True,
                hooks=pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook(f"{name}-bootstrap-failed", _tell)]),
            ),
        ),
    )
