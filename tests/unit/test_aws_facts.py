"""The pack's facts about AWS are those of the pinned packages that they are generated from."""

from __future__ import annotations

import json

from policies.rules.iam import facts
from policies.rules.iam.paths import ACTIONS, OWN
from tools import aws_actions, aws_documents


def test_every_property_that_holds_a_document_is_known() -> None:
    """Fails on a new one of the SDK, until it is generated or classified in tools/aws_documents.py."""
    assert json.loads(aws_documents.FILE.read_text()) == json.loads(aws_documents.text()), "run tools.aws_documents"


def test_the_actions_and_managed_policies_are_of_the_pinned_packages() -> None:
    for name, made in (("actions.txt", aws_actions.actions()), ("managed_policies.txt", aws_actions.managed())):
        assert (aws_actions.FACTS / name).read_text() == made, "run tools.aws_actions"


def test_the_actions_of_paths_exist() -> None:
    known = {f"{service}:{name}".lower() for service, names in facts.actions().items() for name in names.split()}
    assert not {*ACTIONS, *OWN} - known


def test_managed_policies_are_judged_by_content() -> None:
    known = facts.managed_policies()
    assert all(
        known[name] for name in ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess", "AmazonSSMFullAccess")
    )
    assert not any(
        known[name]
        for name in (
            "AmazonEKSClusterPolicy",
            "AmazonEKSWorkerNodePolicy",
            "AmazonEC2ContainerRegistryPullOnly",
            "AmazonSSMManagedInstanceCore",
            "CloudWatchAgentServerPolicy",
            "ReadOnlyAccess",
            "service-role/AmazonEBSCSIDriverPolicy",
        )
    )
