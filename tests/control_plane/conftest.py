"""A control plane of these tests' own: API server, controllers, scheduler and three nodes that kwok plays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox import binaries
from sandbox.controlplane import ControlPlane
from sandbox.environment import Services
from sandbox.processes import free_port
from sandbox.providers.kubernetes.api import Api
from sandbox.state import State


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An administrator's way to an empty cluster."""
    state = State(tmp_path_factory.mktemp("control-plane"))
    state.logs.mkdir()
    try:
        ControlPlane(state, binaries.find(print), free_port()).up()
        yield Api(str(state.kubeconfig))
    finally:
        Services(state, print).down()
