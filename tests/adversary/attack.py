"""What an attack of the corpus is."""

from __future__ import annotations

from dataclasses import dataclass

from policies.kernel.cases import Item


@dataclass(frozen=True, kw_only=True)
class Attack:
    """A stack, or a part of one, that breaks a requirement in a form that somebody might overlook."""

    name: str
    """Unique in the corpus; words with underscores."""
    requirement: str
    """ID of the requirement that it breaks."""
    why: str
    """What the attacker gains: one sentence."""
    items: tuple[Item, ...]
    """The resources, with the engine's own spelling of properties."""
    blocked_by: str
    """ID of the policy that must refuse it at level mandatory under presets/production.json."""
    admission: bool = False
    """Whether the items are Kubernetes objects that the cluster must refuse as well, applied without Pulumi."""
