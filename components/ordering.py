"""Order between resources that do not reference each other."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import cast

import pulumi


def after(value: pulumi.Output[str], resources: Sequence[pulumi.Resource]) -> pulumi.Output[str]:
    """The value, for users that are to be created after `resources` and deleted before them.

    It is known in a preview whenever `value` is: combining it with the resources' own outputs would make it unknown.
    """

    async def depended_on() -> set[pulumi.Resource]:
        return {*await value.resources(), *resources}

    future = cast("Awaitable[str]", value.future(with_unknowns=True))
    return pulumi.Output(depended_on(), future, value.is_known(), value.is_secret())
