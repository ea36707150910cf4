"""The provider's equality of property values that are written differently."""

from __future__ import annotations

import json
from typing import Any

from sandbox.providers.values import contains_unknown


def same(old: Any, new: Any) -> bool:
    """Whether two values are equal: JSON by content, lists as sets, numbers as text, absent as empty."""
    if contains_unknown(new):
        return False
    return _normal(old) == _normal(new)


def of_given(given: Any, live: Any) -> Any:
    """The members of a block in AWS's response that the program set: AWS adds others itself."""
    if isinstance(given, dict) and isinstance(live, dict):
        return {name: of_given(value, live.get(name)) for name, value in given.items()}
    return live


def _normal(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        return _document(value)
    if isinstance(value, dict):
        found = {key: _normal(item) for key, item in value.items() if not str(key).startswith("__")}
        return {key: item for key, item in found.items() if item is not None} or None
    if isinstance(value, list):
        # IAM returns a list of one as its element, and the order is irrelevant in every list the provider compares.
        items = sorted(
            (_normal(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True, default=str)
        )
        return (items[0] if len(items) == 1 else items) or None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(int(value)) if float(value).is_integer() else str(value)
    return value or None


def _document(text: str) -> Any:
    try:
        return _normal(json.loads(text))
    except json.JSONDecodeError:
        return text
