"""A policy about the combined documents of an identity (AWS-MFA).

Inline documents and customer-managed policies of the same stack are combined by role, user, group and permission set.
AWS's managed policies are evaluated one by one (attachments.py): the pack has their names, not their documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from policies.kernel.policy import CRITICAL, MANDATORY, Policy
from policies.kernel.references import Referrers
from policies.kernel.resource import Resource, Stack, Violation, violation
from policies.rules.iam.documents import Statement, held, statements
from policies.rules.iam.paths import PASS_ROLE, PATHS
from policies.rules.iam.permissions import DOCUMENTS, LEAST, PERMISSION_SET, POLICY, ROLE, admin
from policies.rules.iam.rights import Rights


@dataclass(frozen=True)
class Identity:
    """A type of identity, and the properties and types that grant it rights."""

    type: str
    known_by: tuple[str, ...]
    """Its properties that others name."""
    inline: tuple[tuple[str, str], ...]
    """Types that hold a document for it, and their property that names it."""
    attached: tuple[tuple[str, str, str], ...]
    """Types that attach policies to it, their property that names it, and the one that names the policies."""


ATTACHMENT: Final = "aws:iam/policyAttachment:PolicyAttachment"
USER: Final = "aws:iam/user:User"
GROUP: Final = "aws:iam/group:Group"
SET: Final = "aws:ssoadmin/permissionSet:PermissionSet"
IDENTITIES: Final = (
    Identity(
        ROLE,
        ("name", "id"),
        (("aws:iam/rolePolicy:RolePolicy", "role"),),
        (
            ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role", "policyArn"),
            ("aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", "roleName", "policyArns"),
            (ATTACHMENT, "roles", "policyArn"),
        ),
    ),
    Identity(
        USER,
        ("name", "id"),
        (("aws:iam/userPolicy:UserPolicy", "user"),),
        (
            ("aws:iam/userPolicyAttachment:UserPolicyAttachment", "user", "policyArn"),
            (ATTACHMENT, "users", "policyArn"),
        ),
    ),
    Identity(
        GROUP,
        ("name", "id"),
        (("aws:iam/groupPolicy:GroupPolicy", "group"),),
        (
            ("aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "group", "policyArn"),
            ("aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive", "groupName", "policyArns"),
            (ATTACHMENT, "groups", "policyArn"),
        ),
    ),
    Identity(SET, ("arn", "id"), ((PERMISSION_SET, "permissionSetArn"),), ()),
)
TYPES: Final = frozenset(
    {POLICY}
    | {identity.type for identity in IDENTITIES}
    | {type_ for identity in IDENTITIES for type_, *_ in (*identity.inline, *identity.attached)}
)


class _Attached:
    """The policies of a stack by the attachments that name them: each attachment is read once."""

    def __init__(self, stack: Stack) -> None:
        self._by_holder: dict[str, list[Resource]] = {}
        names = {(type_, policies) for identity in IDENTITIES for type_, _, policies in identity.attached}
        names.add((ROLE, "managedPolicyArns"))
        policies = stack.of({POLICY})
        for type_, name in sorted(names):
            referrers = Referrers(stack, stack.of({type_}), name)
            for policy in policies:
                with stack.isolate():
                    for holder in referrers.to(policy, "arn", "id"):
                        self._by_holder.setdefault(holder.urn, []).append(policy)

    def of(self, holders: Iterable[Resource]) -> list[Resource]:
        """The policies named by holders."""
        return [policy for holder in holders for policy in self._by_holder.get(holder.urn, ())]


def _together(stack: Stack) -> Iterator[Violation]:
    attached = _Attached(stack)
    read: dict[str, list[list[Statement]]] = {}
    for identity in IDENTITIES:
        inline = [Referrers(stack, stack.of({type_}), name) for type_, name in identity.inline]
        attaching = [Referrers(stack, stack.of({type_}), name) for type_, name, _ in identity.attached]
        for one in stack.of({identity.type}):
            with stack.isolate():
                holders = [holder for referrers in attaching for holder in referrers.to(one, *identity.known_by)]
                holding = [holder for referrers in inline for holder in referrers.to(one, *identity.known_by)]
                holding += [one] if one.type in DOCUMENTS else []
                holding += attached.of([*holders, one])
                documents = []
                for holder in {each.urn: each for each in holding}.values():
                    if holder.urn not in read:
                        read[holder.urn] = list(_documents(stack, holder))
                    documents += read[holder.urn]
                yield from _reached(one, documents)


def _documents(stack: Stack, holder: Resource) -> Iterator[list[Statement]]:
    for document in held(holder, DOCUMENTS.get(holder.type, ())):
        with holder.isolate():
            yield list(statements(holder, document))
    stack.unknown += holder.unknown


def _reached(identity: Resource, documents: list[list[Statement]]) -> Iterator[Violation]:
    """The escalation paths of documents together, without those of a single document, which another policy covers."""
    alone = [Rights().add(identity, document) for document in documents]
    all_together = Rights()
    for rights in alone:
        all_together.merge(rights)
    name = identity.props["name"]
    if name.known and (text := name.text()):
        for action, statement in all_together.of_itself(text):
            found = f"{action} on itself, in {statement.value.path}"
            yield violation("(resource)", found, "no right to change its own rights", identity.urn)
    if len(documents) < 2:  # noqa: PLR2004 - one document is judged where it is
        return
    grants = [[each for each in document if each.allows] for document in documents]
    if any(list(admin(identity, one)) for one in grants):
        return
    if list(admin(identity, [each for one in grants for each in one])):
        yield violation(
            "(resource)", "patterns that are everything together, in several documents", LEAST, identity.urn
        )
        return
    for path in PATHS:
        # A document that allows passing every role is refused for that alone.
        if PASS_ROLE in path.actions:
            continue
        if all_together.reaches(path) and not any(rights.reaches(path) for rights in alone):
            found = f"{' with '.join(sorted(path.actions))}, in several documents, which lead to {path.end}"
            yield violation("(resource)", found, LEAST, identity.urn)
            return


TOGETHER = Policy(
    id="iam-no-escalation-together",
    requirement="AWS-MFA",
    types=TYPES,
    level=MANDATORY,
    severity=CRITICAL,
    description="The documents of an identity give it no more rights together, nor does one give them to itself.",
    fix="split the identity in two, or name the resources of its actions",
    stack_rule=_together,
)

POLICIES = (TOGETHER,)
