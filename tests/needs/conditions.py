"""Condition blocks of IAM policies, as AWS documents them.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Single-valued vs. multivalued context keys"
(docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
reference_policies_condition-single-vs-multi-valued-context-keys.html), read 2026-11-28.
"""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

Context = Mapping[str, Any]
"""Lower-case condition key -> its value, or a list of values where the key is multivalued."""
VARIABLE: Final = re.compile(r"\$\{([^}]*)\}")
LITERALS: Final = {"*": "*", "?": "?", "$": "$"}


class UnknownOperatorError(ValueError):
    """An operator that AWS does not document."""


def as_list(value: Any) -> list[Any]:
    """IAM accepts a single value in place of a list of one."""
    return list(value) if isinstance(value, list | tuple) else [value]


def pattern(text: str, context: Context, *, wildcards: bool = True) -> re.Pattern[str] | None:
    """The regular expression of a policy's text: wildcards, and policy variables replaced by the context's values.

    None where a variable has no value and no default: AWS then matches nothing. The value of a variable is literal.
    """
    parts: list[str] = []
    position = 0
    for found in VARIABLE.finditer(text):
        parts.append(_wild(text[position : found.start()], wildcards=wildcards))
        value = _variable(found.group(1), context)
        if value is None:
            return None
        parts.append(re.escape(value))
        position = found.end()
    parts.append(_wild(text[position:], wildcards=wildcards))
    return re.compile("".join(parts), re.DOTALL)


def _wild(text: str, *, wildcards: bool) -> str:
    escaped = re.escape(text)
    return escaped.replace(r"\*", ".*").replace(r"\?", ".") if wildcards else escaped


def _variable(name: str, context: Context) -> str | None:
    if name in LITERALS:
        return LITERALS[name]
    key, _, default = name.partition(",")
    value = context.get(key.strip().lower())
    if isinstance(value, str):
        return value
    return default.strip().strip("'") if default else None


def _string(exact: bool, fold: bool) -> Callable[[str, str, Context], bool]:
    def test(value: str, wanted: str, context: Context) -> bool:
        found = pattern(wanted.lower() if fold else wanted, context, wildcards=not exact)
        return found is not None and bool(found.fullmatch(value.lower() if fold else value))

    return test


def _arn(value: str, wanted: str, context: Context) -> bool:
    """ArnEquals and ArnLike behave the same: each of the six parts is matched on its own."""
    parts, given = wanted.split(":", 5), value.split(":", 5)
    if len(given) != len(parts):
        return False
    found = [pattern(part, context) for part in parts]
    return all(one is not None and one.fullmatch(part) for one, part in zip(found, given, strict=True))


def _numeric(compare: Callable[[float, float], bool]) -> Callable[[str, str, Context], bool]:
    return lambda value, wanted, _: compare(float(value), float(wanted))


def _date(compare: Callable[[float, float], bool]) -> Callable[[str, str, Context], bool]:
    def seconds(text: str) -> float:
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return float(text)
        parsed = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=datetime.UTC)).timestamp()

    return lambda value, wanted, _: compare(seconds(value), seconds(wanted))


def _address(value: str, wanted: str, _: Context) -> bool:
    address, network = ipaddress.ip_address(value), ipaddress.ip_network(wanted, strict=False)
    return address.version == network.version and address in network


COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "Equals": lambda a, b: a == b,
    "LessThan": lambda a, b: a < b,
    "LessThanEquals": lambda a, b: a <= b,
    "GreaterThan": lambda a, b: a > b,
    "GreaterThanEquals": lambda a, b: a >= b,
}
POSITIVE: Final[Mapping[str, Callable[[str, str, Context], bool]]] = {
    "StringEquals": _string(exact=True, fold=False),
    "StringEqualsIgnoreCase": _string(exact=True, fold=True),
    "StringLike": _string(exact=False, fold=False),
    "ArnEquals": _arn,
    "ArnLike": _arn,
    "Bool": lambda value, wanted, _: value.lower() == wanted.lower(),
    "BinaryEquals": lambda value, wanted, _: value == wanted,
    "IpAddress": _address,
    **{f"Numeric{name}": _numeric(compare) for name, compare in COMPARE.items()},
    **{f"Date{name}": _date(compare) for name, compare in COMPARE.items()},
}
NEGATED: Final[Mapping[str, str]] = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}
"""Negated operators hold where no value of the policy matches, and where the key is absent from the request."""


def holds(block: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Whether every operator and every key of a condition block holds.

    Raises:
        UnknownOperatorError: AWS refuses the operator.
    """
    return all(
        _holds(operator, key, wanted, context) for operator, keys in block.items() for key, wanted in keys.items()
    )


def _holds(operator: str, key: str, wanted: Any, context: Context) -> bool:
    quantifier, _, name = operator.rpartition(":")
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    values = [_text(value) for value in as_list(context.get(key.lower(), []))]
    texts = [_text(value) for value in as_list(wanted)]
    if name == "Null" and not quantifier and not if_exists:
        return any((text.lower() == "true") is (not values) for text in texts)
    negated = name in NEGATED
    test = POSITIVE.get(NEGATED.get(name, name))
    if test is None or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise UnknownOperatorError(f"{operator} is not a condition operator")
    matches = [any(test(value, text, context) for text in texts) is not negated for value in values]
    if quantifier == "ForAllValues":
        return all(matches)
    if quantifier == "ForAnyValue":
        return any(matches) or (if_exists and not values)
    if not values:
        return negated or if_exists
    # A key with several values outside a set operator: AWS advises against it; the safe reading is that all match.
    return all(matches)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
