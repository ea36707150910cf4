"""Services of these tests' own: API server, controllers, scheduler, three nodes that kwok plays, and the AWS of EKS."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from policies.guidelines.deis import APPLICATION_LABEL
from sandbox.engine.environment import Services
from sandbox.engine.state import State
from sandbox.providers.kubernetes.api import Api, ApiError
from sandbox.providers.kubernetes.provider import KubernetesProvider
from tests.support.program.deis_of import objects, of_deis

Body = dict[str, Any]
FIRST = ("Namespace", "ResourceQuota", "LimitRange", "ServiceAccount")
SETTLED_SECONDS = 60


def eventually(check: Callable[[], Any]) -> Any:
    """What the check says once it says something."""
    until = time.monotonic() + SETTLED_SECONDS
    while time.monotonic() < until:
        if found := check():
            return found
        time.sleep(0.5)
    raise AssertionError(f"not within {SETTLED_SECONDS} seconds")


def lift(api: Api, made: Iterable[Body]) -> None:
    """Takes admission rules away, and waits until the server has heard of it."""
    for body in made:
        if body["kind"].startswith("ValidatingAdmission"):
            api.delete(body)

    def passes() -> bool:
        # Rules about its level and about its label refuse it.
        free = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": "free", "labels": dict([APPLICATION_LABEL])},
        }
        try:
            api.create(free, dry_run=True)
        except ApiError:
            return False
        return True

    eventually(passes)


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """An empty cluster and an empty AWS, which end with the tests."""
    state = State(tmp_path_factory.mktemp("control-plane"))
    services = Services(state, print)
    try:
        services.up()
        yield state
    finally:
        services.down()


@pytest.fixture(scope="session")
def kubeconfig(state: State) -> Path:
    """An administrator's way to the cluster, by a certificate."""
    return state.admin_kubeconfig


@pytest.fixture(scope="session")
def api(kubeconfig: Path) -> Api:
    """The cluster's API."""
    return Api(str(kubeconfig))


@pytest.fixture
def provider(kubeconfig: Path) -> KubernetesProvider:
    """The stand-in provider as that administrator."""
    made = KubernetesProvider()
    made.configure({"kubeconfig": str(kubeconfig)})
    return made


@pytest.fixture(scope="session")
def applied(api: Api) -> dict[tuple[str, str], Body]:
    """Deis's objects: (kind, name) -> the object as the server keeps it."""
    bodies = {key: one.inputs for key, one in objects(of_deis()).items()}
    order = sorted(bodies, key=lambda key: FIRST.index(key[0]) if key[0] in FIRST else len(FIRST))
    return {key: api.apply(bodies[key]) for key in order}
