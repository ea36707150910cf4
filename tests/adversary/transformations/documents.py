"""IAM documents in other words. AWS's grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any, Final

from policies.kernel.cases import Item
from tests.adversary.transformations.transformation import (
    FAIL,
    NOT_APPLICABLE,
    Items,
    Transformation,
    mapped,
    of_aws,
    replaced,
)

Document = dict[str, Any]
ONE_OR_MORE: Final = ("Action", "NotAction", "Resource", "NotResource")
PRINCIPALS: Final = ("Principal", "NotPrincipal")
ROOT_ARN: Final = "arn:aws:iam::{}:root"
ACCOUNT_DIGITS: Final = 12


def _parsed(value: Any) -> Document | None:
    """The document that a value holds, as text or as an object."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value, object_pairs_hook=_unique)
        except ValueError:
            return None
    return value if isinstance(value, dict) and isinstance(value.get("Statement"), dict | list) else None


def _unique(pairs: list[tuple[str, Any]]) -> Document:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("written otherwise, it would say less")
    return made


def _written(change: Callable[[Document], Any]) -> Callable[[Item], Items]:
    """A change of how every document of a resource is written, given as an object."""

    def apply(item: Item) -> Items:
        if not of_aws(item):
            return NOT_APPLICABLE
        return replaced(item, mapped(item.props, lambda value: change(one) if (one := _parsed(value)) else value))

    return apply


def _said(change: Callable[[Document], Document]) -> Callable[[Item], Items]:
    """A change of what every document of a resource consists of; text remains text."""

    def rewrite(value: Any) -> Any:
        document = _parsed(value)
        if document is None:
            return value
        changed = change(copy.deepcopy(document))
        if changed == document:
            return value
        return json.dumps(changed) if isinstance(value, str) else changed

    return lambda item: replaced(item, mapped(item.props, rewrite)) if of_aws(item) else NOT_APPLICABLE


def _statements(document: Document) -> list[Any]:
    listed = document["Statement"]
    return listed if isinstance(listed, list) else [listed]


def _each(change: Callable[[dict[str, Any]], list[dict[str, Any]]]) -> Callable[[Item], Items]:
    """A change of each statement, into one or several."""

    def rewrite(document: Document) -> Document:
        made = [
            one
            for statement in _statements(document)
            for one in (change(statement) if isinstance(statement, dict) else [statement])
        ]
        return {**document, "Statement": made if made != _statements(document) else document["Statement"]}

    return _said(rewrite)


def _escaped(value: Any) -> str:
    if isinstance(value, str):
        return '"' + "".join(f"\\u{ord(char):04x}" for char in value) + '"'
    if isinstance(value, dict):
        return "{" + ",".join(f"{_escaped(key)}:\n\t{_escaped(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + " , ".join(map(_escaped, value)) + "]"
    return json.dumps(value)


def _spread(statement: dict[str, Any], change: Callable[[Any], Any]) -> list[dict[str, Any]]:
    """The statement with every value that may be one or several changed."""
    made = {key: change(value) if key in ONE_OR_MORE else value for key, value in statement.items()}
    for key in PRINCIPALS:
        if isinstance(made.get(key), dict):
            made[key] = {kind: change(names) for kind, names in made[key].items()}
    if isinstance(made.get("Condition"), dict):
        made["Condition"] = {
            operator: {key: change(values) for key, values in tests.items()} if isinstance(tests, dict) else tests
            for operator, tests in made["Condition"].items()
        }
    return [made]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _alone(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _texts(change: Callable[[str], str]) -> Callable[[Any], Any]:
    def apply(value: Any) -> Any:
        if isinstance(value, list):
            return [change(one) if isinstance(one, str) else one for one in value]
        return change(value) if isinstance(value, str) else value

    return apply


def _actions(change: Callable[[str], str], *, allowed_only: bool = False) -> Callable[[Item], Items]:
    def rewrite(statement: dict[str, Any]) -> list[dict[str, Any]]:
        if allowed_only and ("Action" not in statement or statement.get("Effect") != "Allow"):
            return [statement]
        keys = ("Action",) if allowed_only else ("Action", "NotAction")
        return [{key: _texts(change)(value) if key in keys else value for key, value in statement.items()}]

    return _each(rewrite)


def _by_action(statement: dict[str, Any]) -> list[dict[str, Any]]:
    actions = statement.get("Action")
    if not isinstance(actions, list) or len(actions) < 2:
        return [statement]
    # An ID of a statement must be the only one of its name.
    kept = {key: value for key, value in statement.items() if key != "Sid"}
    return [{**kept, "Action": action} for action in actions]


def _condition_keys(statement: dict[str, Any]) -> list[dict[str, Any]]:
    condition = statement.get("Condition")
    if not isinstance(condition, dict) or not all(isinstance(tests, dict) for tests in condition.values()):
        return [statement]
    upper = {operator: {key.upper(): values for key, values in tests.items()} for operator, tests in condition.items()}
    return [{**statement, "Condition": upper}]


def _star(statement: dict[str, Any]) -> list[dict[str, Any]]:
    if statement.get("Principal") == "*":
        return [{**statement, "Principal": {"AWS": ["*"]}}]
    if statement.get("Principal") in ({"AWS": "*"}, {"AWS": ["*"]}):
        return [{**statement, "Principal": "*"}]
    return [statement]


def _account(name: str) -> str:
    if len(name) == ACCOUNT_DIGITS and name.isdigit():
        return ROOT_ARN.format(name)
    account = name.removeprefix("arn:aws:iam::").removesuffix(":root")
    return account if ROOT_ARN.format(account) == name else name


def _accounts(statement: dict[str, Any]) -> list[dict[str, Any]]:
    principal = statement.get("Principal")
    if not isinstance(principal, dict) or "AWS" not in principal:
        return [statement]
    return [{**statement, "Principal": {**principal, "AWS": _texts(_account)(principal["AWS"])}}]


def _always(statement: dict[str, Any]) -> list[dict[str, Any]]:
    condition = statement.get("Condition", {})
    if statement.get("Effect") != "Allow" or not isinstance(condition, dict) or "DateGreaterThan" in condition:
        return [statement]
    return [{**statement, "Condition": {**condition, "DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}}]


def _all_but(element: str, spared: str) -> Callable[[dict[str, Any]], list[dict[str, Any]]]:
    def rewrite(statement: dict[str, Any]) -> list[dict[str, Any]]:
        # What assumes roles knows two actions only, and takes no resource.
        if statement.get("Effect") != "Allow" or element not in statement or "sts:" in json.dumps(statement):
            return [statement]
        kept = {key: value for key, value in statement.items() if key != element}
        return [{**kept, f"Not{element}": spared}]

    return rewrite


def _last_letter(action: str) -> str:
    return action if action.endswith(("*", "?")) else f"{action[:-1]}?"


DOCUMENTS: Final = (
    Transformation(
        name="document_as_object", why="Providers write an object as JSON.", change=_written(lambda document: document)
    ),
    Transformation(
        name="document_as_text", why="JSON.", change=_written(lambda document: json.dumps(document, indent=1))
    ),
    Transformation(
        name="document_escaped", why="RFC 8259: any letter may be written as its code.", change=_written(_escaped)
    ),
    Transformation(
        name="document_of_lists",
        why="The grammar takes one or a list of actions, resources, principals and values.",
        change=_each(lambda statement: _spread(statement, _listed)),
    ),
    Transformation(
        name="document_of_scalars",
        why="The grammar takes one or a list, of statements too.",
        change=_said(
            lambda document: {
                **document,
                "Statement": _alone(
                    [_spread(one, _alone)[0] if isinstance(one, dict) else one for one in _statements(document)]
                ),
            }
        ),
    ),
    Transformation(
        name="statements_reversed",
        why="Statements have no order.",
        change=_said(
            lambda document: (
                {**document, "Statement": document["Statement"][::-1]}
                if isinstance(document["Statement"], list)
                else document
            )
        ),
    ),
    Transformation(name="statement_for_each_action", why="Statements are joined by OR.", change=_each(_by_action)),
    Transformation(
        name="actions_in_capitals",
        why="Actions count in any case (reference_policies_elements_action).",
        change=_actions(str.upper),
    ),
    Transformation(
        name="condition_keys_in_capitals",
        why="Keys of conditions count in any case (reference_policies_elements_condition).",
        change=_each(_condition_keys),
    ),
    Transformation(
        name="everybody_in_the_other_form",
        why='"*" and {"AWS": "*"} are the same (reference_policies_elements_principal).',
        change=_each(_star),
    ),
    Transformation(
        name="account_in_the_other_form",
        why="An account's number and the ARN of its root are the same (reference_policies_elements_principal).",
        change=_each(_accounts),
    ),
    Transformation(name="condition_that_always_holds", why="The year 2020 is over.", change=_each(_always)),
    Transformation(
        name="action_with_a_wildcard",
        why="? is any letter, so that more is allowed.",
        change=_actions(_last_letter, allowed_only=True),
        keeps=FAIL,
    ),
    Transformation(
        name="all_actions_but_one",
        why="NotAction allows everything else, so that more is allowed.",
        change=_each(_all_but("Action", "health:DescribeEvents")),
        keeps=FAIL,
    ),
    Transformation(
        name="all_resources_but_one",
        why="NotResource allows everything else, so that more is allowed.",
        change=_each(_all_but("Resource", "arn:aws:health:*::event/none")),
        keeps=FAIL,
    ),
)
