"""Every case of a policy under every transformation that applies to it, judged in this process."""

from __future__ import annotations

import copy
import dataclasses
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from policies.kernel.cases import UNKNOWN, Case, Item
from policies.kernel.policy import Policy
from policies.kernel.resource import Resource, Stack
from policies.kernel.value import Value
from policies.registry import cases
from tests.adversary.transformations import TRANSFORMATIONS
from tests.adversary.transformations.transformation import Transformation
from tests.support.policies.sdk_harness import urn_of


@dataclass(frozen=True)
class Rewritten:
    """A case in other words."""

    case: Case
    transformation: Transformation
    items: tuple[Item, ...]


def verdict(policy: Policy, items: tuple[Item, ...], settings: Mapping[str, Any]) -> str:
    """`fail` if the policy refuses any of the resources, `unknown` if it leaves something open, else `pass`."""
    config = policy.configuration(settings)
    with patch.dict(os.environ, {"PULUMI_DRY_RUN": "true"}):
        if policy.rule is None:
            verdicts = [policy.judge_stack(Stack(resources=resources(policy, items, config), settings=config))]
        else:
            verdicts = [policy.judge(one) for one in resources(policy, items, config)]
    if any(one.violations for one in verdicts):
        return "fail"
    return "unknown" if any(one.unknown for one in verdicts) else "pass"


def resources(policy: Policy, items: tuple[Item, ...], config: Value) -> list[Resource]:
    """The resources of a case that a policy wants; none of them counts as a component."""
    urns = {one.name: urn_of(one) for one in items}
    return [
        Resource(
            type=one.type,
            name=one.name,
            urn=urn_of(one),
            props=Value(one.props),
            depends_on={
                key: frozenset(urns[name] for name in names if name in urns) for key, names in one.depends_on.items()
            },
            settings=config,
        )
        for one in items
        if one.type in policy.types
    ]


def rewritings(policy: Policy) -> Iterator[Rewritten]:
    """The cases that pass or fail, in all other words that the policy claims to read."""
    for case in cases()[policy.id]:
        for transformation in TRANSFORMATIONS:
            applies = case.expected in transformation.keeps and not (transformation.alone and policy.stack_rule)
            if applies and (items := _rewritten(policy, case, transformation)):
                yield Rewritten(case, transformation, items)


def _rewritten(policy: Policy, case: Case, transformation: Transformation) -> tuple[Item, ...]:
    """The case's resources, each rewritten where that applies; none where it applies to none of them."""
    made: list[Item] = []
    applied = False
    for item in case.items:
        others = transformation.change(item) if item.type in policy.types else ()
        # What a policy does not read at all is refused by the policies about what is seen.
        claimed = bool(others) and all(one.type in policy.types for one in others)
        applied = applied or claimed
        made += others if claimed else (item,)
    return tuple(made) if applied else ()


def with_unknown(case: Case, most: int = 40) -> Iterator[tuple[str, tuple[Item, ...]]]:
    """A case with one value after the other not known yet: its path, and the resources.

    Args:
        case: a case.
        most: how many values of a resource are tried; of more, some are left out at regular distances.
    """
    for place, item in enumerate(case.items):
        paths = list(_paths(item.props))
        for path in paths[:: max(1, -(-len(paths) // most))]:
            props = copy.deepcopy(dict(item.props))
            holder: Any = props
            for key in path[:-1]:
                holder = holder[key]
            if holder[path[-1]] != UNKNOWN:
                holder[path[-1]] = UNKNOWN
                hidden = dataclasses.replace(item, props=props)
                yield ".".join(map(str, path)), (*case.items[:place], hidden, *case.items[place + 1 :])


def _paths(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all values, of objects and lists, too."""
    inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*above, key)
        yield from _paths(one, (*above, key))
