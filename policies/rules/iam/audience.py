"""The principals that a resource policy statement reaches: none, accounts, an organisation, a service, or everybody.

A condition restricts a statement only if it names an account, an organisation or a VPC literally, and fails if the
request lacks its key: `IfExists`, `ForAllValues`, negations and addresses restrict nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.iam.documents import EVERYONE, Statement

NOBODY: Final = "nobody"
ACCOUNTS: Final = "accounts"
ORGANISATION: Final = "organisation"
SERVICE: Final = "service"
PROVIDER: Final = "identity provider"
VPC: Final = "VPC"
EVERYBODY: Final = "everybody"

OPERATORS: Final = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"})
ACCOUNT: Final = re.compile(r"\d{12}")
ARN: Final = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9*-]*:(?P<account>\d{12}):.+", re.DOTALL)
PRINCIPAL_ID: Final = re.compile(r"A(?:RO|ID)A[A-Z0-9]{12,}(?::.*)?", re.DOTALL)
BUCKET: Final = re.compile(r"arn:aws[a-z-]*:s3:::[a-z0-9.-]+")
ORGANISATION_ID: Final = re.compile(r"o-[a-z0-9]+")
ORGANISATION_PATH: Final = re.compile(r"o-[a-z0-9]+/.*", re.DOTALL)

TIES: Final[dict[str, tuple[str, tuple[re.Pattern[str], ...]]]] = {
    **dict.fromkeys(
        (
            "aws:principalaccount",
            "aws:sourceaccount",
            "aws:sourceowner",
            "aws:vpceaccount",
            "kms:calleraccount",
            "s3:dataaccesspointaccount",
        ),
        (ACCOUNTS, (ACCOUNT,)),
    ),
    **dict.fromkeys(("aws:principalorgid", "aws:sourceorgid", "aws:vpceorgid"), (ORGANISATION, (ORGANISATION_ID,))),
    **dict.fromkeys(
        ("aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"), (ORGANISATION, (ORGANISATION_PATH,))
    ),
    "aws:principalarn": (ACCOUNTS, (ARN,)),
    "aws:sourcearn": (ACCOUNTS, (ARN, BUCKET)),
    "s3:dataaccesspointarn": (ACCOUNTS, (ARN,)),
    "aws:userid": (ACCOUNTS, (PRINCIPAL_ID, ACCOUNT)),
    "aws:sourcevpc": (VPC, (re.compile(r"vpc-[0-9a-z]+"),)),
    "aws:sourcevpce": (VPC, (re.compile(r"vpce-[0-9a-z]+"),)),
}
"""Keys of conditions, what they tie to, and the forms of values that name it literally (AWS's Global Condition Context
Keys, and what S3 calls fixed values in "The meaning of public"; written from knowledge of those pages)."""


@dataclass(frozen=True)
class Reach:
    """The audience of a principal of a statement."""

    value: Value
    name: str
    """As the statement has it."""
    who: str
    accounts: frozenset[str] = frozenset()


def ties(statement: Statement) -> Iterator[tuple[str, str, list[str]]]:
    """The conditions that restrict a statement: the audience, the key, and the values."""
    for operator, key, values in statement.conditions():
        to, forms = TIES.get(key, ("", ()))
        literal = values and all(any(form.fullmatch(value) for form in forms) for value in values)
        if literal and operator.removeprefix("foranyvalue:") in OPERATORS:
            yield to, key, values


def tied(statement: Statement) -> str:
    """The audience to which the conditions restrict a statement; everybody if nothing restricts it."""
    return next((to for to, _, _ in ties(statement)), EVERYBODY)


def who(statement: Statement) -> Iterator[Reach]:
    """The audience of an Allow statement, by principal."""
    if not statement.allows:
        return
    excluded = statement.get("notprincipal")
    if excluded.present:
        yield Reach(excluded, "everybody but some", tied(statement))
    for value, kind, name in statement.principals():
        if EVERYONE in name or "?" in name:
            yield Reach(value, f'"{name}"' if kind == EVERYONE else f'{kind} "{name}"', tied(statement))
        elif kind.lower() == "service":
            yield Reach(value, name, SERVICE)
        elif kind.lower() == "federated":
            yield Reach(value, name, PROVIDER)
        else:
            arn = ARN.fullmatch(name)
            account = arn["account"] if arn else name
            yield Reach(value, name, ACCOUNTS, frozenset({account}) if ACCOUNT.fullmatch(account) else frozenset())


def everybody(resource: Resource, statement: Statement, *, tie: bool = True) -> Iterator[Violation]:
    """The places where a statement allows everybody.

    Args:
        resource: records unknown values.
        statement: the statement of its policy.
        tie: whether conditions count; without them no `*` is allowed at all.
    """
    with resource.isolate():
        for reach in who(statement):
            star = EVERYONE in reach.name or reach.name.startswith(EVERYBODY)
            if reach.who == EVERYBODY or (star and not tie):
                yield violation(reach.value, reach.name, "the ARNs of those who need it")
