"""Controls of published frameworks, and the policies that help to meet each: the data in policies/frameworks.

A framework lists controls; each control names policies, or the reason why no policy covers it. A standard lists
requirements, each with the controls that a published mapping assigns to it: a policy's requirements of NIST and PCI
follow from these.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parents[1] / "frameworks"
FRAMEWORKS: Final = ("cis-eks", "cis-aws", "fsbp", "nsa-cisa")
"""The most specific first: it is the one that the SDK's metadata, which has room for one, names."""
STANDARDS: Final = ("nist-800-53", "pci-dss", "iso-27001", "soc-2")
REASONS: Final = ("planned", "out of scope", "not of a stack", "superseded")
"""Why no policy judges a control."""


@dataclass(frozen=True, kw_only=True)
class Control:
    """A control, and the four places that can enforce it."""

    id: str
    title: str
    policies: tuple[str, ...] = ()
    missing: str = ""
    """What the policies do not judge; empty: they judge the whole control."""
    reason: str = ""
    """One of REASONS, where there are no policies."""
    why: str = ""
    components: tuple[str, ...] = ()
    """Files that create what meets it."""
    admission: tuple[str, ...] = ()
    """IDs of rules of the API server (components/baseline/admission)."""
    alarms: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Framework:
    """A version of a framework."""

    id: str
    name: str
    version: str
    sources: tuple[str, ...]
    read: str
    """The day."""
    controls: Mapping[str, Control]

    @property
    def policies(self) -> frozenset[str]:
        """All policies named by its controls."""
        return frozenset(policy for control in self.controls.values() for policy in control.policies)


@dataclass(frozen=True, kw_only=True)
class Standard:
    """A standard whose requirements are identified by the controls mapped to them."""

    id: str
    name: str
    version: str
    sources: tuple[str, ...]
    read: str
    requirements: Mapping[str, tuple[str, ...]]
    """Requirement -> labels of controls, such as fsbp:EKS.1."""


@functools.cache
def frameworks() -> Mapping[str, Framework]:
    """All frameworks by ID."""
    found: dict[str, Framework] = {}
    for id_ in FRAMEWORKS:
        data = _data(id_)
        controls = {key: Control(id=key, **_frozen(given)) for key, given in data.pop("controls").items()}
        found[id_] = Framework(id=id_, controls=controls, **data)
    return found


@functools.cache
def standards() -> Mapping[str, Standard]:
    """All standards by ID; serving the pack needs none of them."""
    found: dict[str, Standard] = {}
    for id_ in STANDARDS:
        data = _data(id_)
        requirements = _frozen(data.pop("requirements"))
        found[id_] = Standard(id=id_, requirements=requirements, **data)
    return found


@functools.cache
def _by_policy() -> Mapping[str, tuple[tuple[Framework, Control], ...]]:
    found: dict[str, list[tuple[Framework, Control]]] = {}
    for framework in frameworks().values():
        for control in framework.controls.values():
            for policy in control.policies:
                found.setdefault(policy, []).append((framework, control))
    return {policy: tuple(listed) for policy, listed in found.items()}


def controls(policy: str) -> tuple[tuple[Framework, Control], ...]:
    """The controls that a policy helps to meet, by its ID."""
    return _by_policy().get(policy, ())


def labels(policy: str) -> list[str]:
    """The controls of a policy as texts, such as fsbp:EKS.1."""
    return [f"{framework.id}:{control.id}" for framework, control in controls(policy)]


def requirements(policy: str) -> list[str]:
    """The requirements of standards that a policy helps to meet, such as pci-dss:1.4.4."""
    own = {f"{of.id}:{control.id}" for of, control in controls(policy) if not control.missing}
    return [
        f"{standard.id}:{requirement}"
        for standard in standards().values()
        for requirement, mapped in standard.requirements.items()
        if not own.isdisjoint(mapped)
    ]


def _data(id_: str) -> dict[str, Any]:
    return _frozen(json.loads((FOLDER / f"{id_}.json").read_text(encoding="utf-8")))


def _frozen(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
