"""Cases of accounts.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.rbac.accounts import OWN_ACCOUNT
from policies.rules.workloads.pods import SPEC, deployment, workload

STRONG: Final = "clusterrole-aggregation-controller"


def running_as(account: Any, namespace: Any = "kube-system", field: str = "serviceAccountName") -> Item:
    """A Deployment whose pods use a service account."""
    made = deployment({field: account})
    return Item(type=made.type, props=changed(made.props, {"metadata.namespace": namespace}))


CASES: dict[str, tuple[Case, ...]] = {
    OWN_ACCOUNT.id: (
        ok("account_of_its_own", running_as("metrics-server")),
        ok("account_of_that_name_elsewhere", running_as(STRONG, "shop")),
        ok("nothing_said", running_as(None)),
        fail("administrator", running_as(STRONG), at=f"{SPEC}.serviceAccountName"),
        fail("by_the_older_name", running_as(STRONG, field="serviceAccount"), at=f"{SPEC}.serviceAccount"),
        fail("controller_of_jobs", running_as("job-controller"), at=f"{SPEC}.serviceAccountName"),
        fail(
            "in_a_cron_job",
            Item(
                type="kubernetes:batch/v1:CronJob",
                props=changed(
                    workload("batch/v1:CronJob", {"serviceAccountName": STRONG}).props,
                    {"metadata.namespace": "kube-system"},
                ),
            ),
            at="spec.jobTemplate.spec.template.spec.serviceAccountName",
        ),
        unknown("namespace_decided_later", running_as(STRONG, UNKNOWN)),
        unknown("account_decided_later", running_as(UNKNOWN)),
    ),
}
