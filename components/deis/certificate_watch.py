"""A daily check of the router's certificate, from any source: an alarm before it expires (TLS-INT, TLS-PUB).

An internal certificate is renewed by `pulumi up`, an imported one by a person, an external one by another controller:
each renewal can be forgotten, and then all clients fail on the same day. The Job logs the remaining days.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_kubernetes as k8s

from components.alarms import LogAlarm
from components.certificate_rules import RENEW_DAYS
from components.deis.args import DeisArgs
from components.deis.rights import make_service_account
from components.deis.workload import NOBODY, Volume, container_security, cron_job, resources
from policies.guidelines.deis import PLATFORM_CERTIFICATE_NAME

CERTIFICATE: Final = "deis-certificate"
SCHEDULE: Final = "41 5 * * *"
VOLUME: Final = Volume(
    name="certificate", path="/etc/deis/certificate", secret=PLATFORM_CERTIFICATE_NAME, optional=True
)
SOON: Final = "platform certificate ends in"

SCRIPT: Final = f"""\
import ssl, sys, time

path, least = sys.argv[1], int(sys.argv[2])
try:
    # Python alone reads certificates no other way.
    end = ssl.cert_time_to_seconds(ssl._ssl._test_decode_cert(path)["notAfter"])
    days = int((end - time.time()) // 86400)
except OSError:
    print("{SOON} 0 days: there is none")
else:
    print("{SOON}" if days < least else "platform certificate is good for", days, "days")
"""
ALARM: Final = LogAlarm(
    name="certificate-expires",
    pattern=f'{{ ($.kubernetes.container_name = "{CERTIFICATE}") && ($.log = "{SOON}*") }}',
    description=(
        f"Deis's certificate ends within {RENEW_DAYS} days, or is not there. Internal: run pulumi up. Imported: set "
        "the next one. External: see why its keeper does not renew it (docs/deis.md)"
    ),
)


def make_certificate_watch(
    name: str, args: DeisArgs, after: Sequence[pulumi.Resource], parent: pulumi.Resource
) -> k8s.batch.v1.CronJob:
    """The CronJob; it has no token and no network access."""
    opts = pulumi.ResourceOptions(parent=parent, depends_on=[*after])
    account = make_service_account(f"{name}-certificate", CERTIFICATE, opts)
    container = k8s.core.v1.ContainerArgs(
        name=CERTIFICATE,
        image=args.images.reference("controller"),
        image_pull_policy="IfNotPresent",
        command=["python", "-c", SCRIPT, f"{VOLUME.path}/tls.crt", str(RENEW_DAYS)],
        resources=resources("50m", "64Mi", memory_limit="128Mi"),
        security_context=container_security(read_only=True, uid=NOBODY),
        volume_mounts=[VOLUME.mount()],
    )
    return cron_job(
        f"{name}-certificate",
        CERTIFICATE,
        container,
        schedule=SCHEDULE,
        volumes=[VOLUME],
        token=False,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[*after, account]),
    )
