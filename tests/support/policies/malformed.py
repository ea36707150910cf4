"""Inputs that no provider would send: hypothesis strategies for tests that no rule raises."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from policies.kernel.cases import UNKNOWN

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        [UNKNOWN, "*", "-1", "0.0.0.0/0", "::/0", "{", "[]", '{"Statement": [[]]}', '{"Statement": "x"}', "${"]
    ),
)
JUNK = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.text(max_size=5), st.sampled_from(["kind", "name", "metadata"])), inner, max_size=3
        ),
    ),
    max_leaves=6,
)


@st.composite
def mutated(draw: st.DrawFn, props: Any) -> Any:
    """Properties of a case with junk in one to three places, at any depth."""
    made = copy.deepcopy(dict(props))
    for _ in range(draw(st.integers(1, 3))):
        holder: Any = made
        while True:
            keys: list[Any] = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            inner = holder[key]
            if isinstance(inner, dict | list) and inner and draw(st.booleans()):
                holder = inner
                continue
            holder[key] = draw(JUNK)
            break
    return made
