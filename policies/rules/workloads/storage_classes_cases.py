"""Cases of storage_classes.py."""

from __future__ import annotations

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.workloads.services import STORAGE_CLASS
from policies.rules.workloads.storage_classes import STORAGE


def _class(**parameters: str) -> Item:
    return Item(type=STORAGE_CLASS, props={"provisioner": "ebs.csi.aws.com", "parameters": parameters})


CASES: dict[str, tuple[Case, ...]] = {
    STORAGE.id: (
        ok("encrypted", _class(type="gp3", encrypted="true")),
        ok("another_driver", Item(type=STORAGE_CLASS, props={"provisioner": "efs.csi.aws.com"})),
        fail("omitted", _class(type="gp3"), at="parameters.encrypted"),
        unknown("decided_later", _class(encrypted=UNKNOWN)),
    ),
}
