"""A baseline, recorded, for its tests."""

from __future__ import annotations

import datetime
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.baseline import Baseline, BaselineArgs, TeamNamespace
from tests.support.program.deis_of import body_of
from tests.support.program.recorded import Graph, record

TODAY = datetime.date(2026, 11, 1)


def of_baseline(*, known: bool = True, **changes: Any) -> Graph:
    """Everything that a baseline with one team's namespace registers."""
    given: dict[str, Any] = {"namespaces": [TeamNamespace(name="shop")], "today": TODAY, **changes}

    def program() -> None:
        provider = k8s.Provider("kubernetes", kubeconfig="{}")
        Baseline("baseline", BaselineArgs(**given), pulumi.ResourceOptions(providers=[provider]))

    return record(program, known=known)


def bodies(graph: Graph) -> list[dict[str, Any]]:
    """All Kubernetes objects, in the order of registration."""
    objects = [one for one in graph.resources if one.type.startswith("kubernetes:")]
    return [body_of(one) for one in objects]


def admission_rules(graph: Graph) -> list[dict[str, Any]]:
    """The admission rules among its Kubernetes objects, and their bindings."""
    return [body for body in bodies(graph) if body["kind"].startswith("ValidatingAdmission")]
