"""Every attack of the corpus that can do without Pulumi, sent to a real API server by an administrator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from policies.kernel.cases import Case
from sandbox.providers.kubernetes.api import Api
from tests.adversary.attack import Attack
from tests.adversary.attacks import ATTACKS
from tests.control_plane.conftest import eventually, lift
from tests.support.control_plane.accounts import Impersonated, administrator
from tests.support.control_plane.admitted import CASES_NAMESPACE, completed, refusal
from tests.support.program.baseline_of import admission_rules, of_baseline

FIRST = ("role_of_everything", "bind_everybody_to_view", "moving_image", "volumes_in_plain_text")
SENT = [attack for attack in ATTACKS if attack.admission]


@pytest.fixture(scope="module", autouse=True)
def person(api: Api, kubeconfig: Path) -> Iterator[Impersonated]:
    """An administrator in a cluster with the baseline."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": CASES_NAMESPACE}}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web", "namespace": CASES_NAMESPACE}}
    made = admission_rules(of_baseline())
    for body in (namespace, account, *made):
        api.apply(body)
    person = administrator(api, kubeconfig)
    # A policy holds some seconds after it is made.
    for attack in SENT:
        if attack.name in FIRST:
            eventually(lambda: "ValidatingAdmissionPolicy" in said(person, attack))  # noqa: B023 - asked at once
    yield person
    lift(api, made)


def said(person: Impersonated, attack: Attack) -> str:
    """What the server says against the objects of an attack."""
    return "".join(
        refusal(person, completed(Case(name=attack.name, items=(item,), expected="fail"), images=True))
        for item in attack.items
    )


def test_there_are_attacks_of_every_kind() -> None:
    assert len({item.type for attack in SENT for item in attack.items}) >= 10


@pytest.mark.parametrize("attack", [pytest.param(attack, id=attack.name) for attack in SENT])
def test_the_cluster_refuses_it(person: Impersonated, attack: Attack) -> None:
    assert "ValidatingAdmissionPolicy 'palisade-" in said(person, attack), attack.why
