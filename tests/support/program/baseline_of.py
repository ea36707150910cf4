"""A recorded baseline, for its tests."""

from __future__ import annotations

import datetime
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.baseline import Baseline, BaselineArgs, TeamNamespace
from sandbox.providers.mocks import Run
from tests.support.program.recorded import record

TODAY = datetime.date(2026, 11, 1)


def of_baseline(*, known: bool = True, **changes: Any) -> Run:
    """All resources of a baseline with one team namespace."""
    given: dict[str, Any] = {"namespaces": [TeamNamespace(name="shop")], "today": TODAY, **changes}

    def program() -> None:
        provider = k8s.Provider("kubernetes", kubeconfig="{}")
        Baseline("baseline", BaselineArgs(**given), pulumi.ResourceOptions(providers=[provider]))

    return record(program, known=known)


def bodies(graph: Run) -> list[dict[str, Any]]:
    """All Kubernetes objects, in the order of registration."""
    return [resource.inputs for resource in graph.resources if resource.type.startswith("kubernetes:")]


def admission_rules(graph: Run) -> list[dict[str, Any]]:
    """The admission rules among its Kubernetes objects, and their bindings."""
    return [body for body in bodies(graph) if body["kind"].startswith("ValidatingAdmission")]
