"""Deis's service accounts may write only to their applications' namespaces and builds, as Deis's code does (INH-4).

The controller makes namespaces, so its rights are cluster-wide; RBAC cannot restrict them to those namespaces.
"""

from __future__ import annotations

from typing import Final

from components.baseline.admission.rule import PLACE, Check, Rule, literal, of, of_template
from components.baseline.admission.writers import GROUPS, USER
from components.system_accounts import account, group_of
from policies.guidelines.deis import (
    APPLICATION_LABEL,
    BUILD_POD,
    BUILD_SECRET,
    BUILDER,
    CONTROLLER,
    NAMESPACE,
    RESTART,
    STORAGE_SECRET,
)
from policies.guidelines.eks import RESERVED_NAMESPACES, RESERVED_PREFIXES
from policies.guidelines.rbac import DEFAULT_ACCOUNT

_KEY, _VALUE = (literal(one) for one in APPLICATION_LABEL)
_IS_BUILDER: Final = f"{USER} == {literal(account(BUILDER, NAMESPACE))}"
_IS_CONTROLLER: Final = f"{USER} == {literal(account(CONTROLLER, NAMESPACE))}"
_IS_RESTART: Final = f"{USER} == {literal(account(RESTART, NAMESPACE))}"
_SAME: Final = " && ".join(
    f"{of('object', *fields)} == {of('oldObject', *fields)}"
    for fields in (
        ("metadata", "labels"),
        ("metadata", "annotations"),
        ("spec", "replicas"),
        ("spec", "selector"),
        ("spec", "template", "metadata", "labels"),
        ("spec", "template", "spec"),
    )
)
# RBAC lets it patch two Deployments, and a Deployment can name any account, image and Secret of the namespace.
_RESTARTS: Final = f"request.operation == 'UPDATE' && request.resource.resource == 'deployments' && {_SAME}"
IN_APPLICATION: Final = f"{of('namespaceObject', 'metadata', 'labels')}.orValue({{}})[?{_KEY}].orValue('') == {_VALUE}"
"""CEL: whether the object is in an application's namespace."""
_RESERVED: Final = (
    f"(variables.name in {literal([*RESERVED_NAMESPACES, NAMESPACE])}"
    f" || {literal(RESERVED_PREFIXES)}.exists(p, variables.name.startsWith(p)))"
)
_BUILD_SECRETS: Final = literal(f"^(?:{BUILD_SECRET}|{STORAGE_SECRET})$")
# By now the ServiceAccount plugin has set the fields that the builder omits.
_PLAIN_BUILD: Final = (
    # With other labels, Services and network policies would select it as a part of Deis.
    "variables.labels.all(k, k == 'heritage')"
    f" && variables.name.matches({literal(f'^{BUILD_POD}$')})"
    f" && variables.spec.?serviceAccountName.orValue({literal(DEFAULT_ACCOUNT)}) == {literal(DEFAULT_ACCOUNT)}"
    " && variables.spec.?volumes.orValue([]).all(v, has(v.secret)"
    f" ? v.secret.?secretName.orValue('').matches({_BUILD_SECRETS})"
    " : has(v.emptyDir) || (has(v.projected) && v.projected.?sources.orValue([]).all(s, !has(s.secret))))"
    " && (variables.spec.?containers.orValue([]) + variables.spec.?initContainers.orValue([]))"
    ".all(c, !has(c.envFrom) && c.?env.orValue([]).all(e, !has(e.valueFrom)))"
)

DEIS_ACCOUNTS: Final = Rule(
    id="deis-accounts",
    requirement="INH-4",
    policies=(),
    resources={"*": ["*/*"]},
    versions=("*",),
    operations=("CREATE", "UPDATE", "DELETE", "CONNECT"),
    unless={
        "others": f"!({literal(group_of(NAMESPACE))} in {GROUPS})",
        # Every account may check its own permissions.
        "reviews": "request.resource.group in ['authorization.k8s.io', 'authentication.k8s.io']"
        " && !has(request.subResource)",
    },
    variables={
        "kind": "request.resource.group == '' ? request.resource.resource : ''",
        "it": "request.operation == 'DELETE' ? oldObject : object",
        "name": f"{of('variables.it', 'metadata', 'name')}.orValue(has(request.name) ? request.name : '')",
        "labels": f"{of('variables.it', 'metadata', 'labels')}.orValue({{}})",
        "spec": f"{of_template('variables.it', 'spec')}.orValue({{}})",
        "elsewhere": f"variables.kind != 'namespaces' && {PLACE} != {literal(NAMESPACE)}",
    },
    checks=(
        Check(
            holds=f"!variables.elsewhere || ({PLACE} != '' && {IN_APPLICATION})",
            message="accounts of Deis write in Deis's namespace and those of its applications only",
            found=PLACE,
        ),
        Check(
            holds=f"variables.kind != 'namespaces' || ({_IS_CONTROLLER} && !{_RESERVED}"
            " && request.operation in ['CREATE', 'DELETE'] && !has(request.subResource)"
            f" && variables.labels.all(k, k == {_KEY} ? variables.labels[k] == {_VALUE}"
            f" : k == 'kubernetes.io/metadata.name') && variables.labels[?{_KEY}].hasValue())",
            message="Deis's controller makes and deletes namespaces of applications only, labelled"
            f" {'='.join(APPLICATION_LABEL)} and nothing else, with no name that is reserved",
            found="variables.name",
        ),
        Check(
            holds=f"{PLACE} != {literal(NAMESPACE)} || variables.kind == 'namespaces' || {_IS_BUILDER}"
            f" || ({_IS_RESTART} && {_RESTARTS})",
            message="in Deis's own namespace, accounts of Deis but the builder's change nothing; one restarts",
            found=USER,
        ),
        Check(
            holds=f"{PLACE} != {literal(NAMESPACE)} || !({_IS_BUILDER}) || variables.kind != 'secrets'"
            f" || variables.name.matches({literal(f'^{BUILD_SECRET}$')})",
            message="Deis's builder writes Secrets of builds only",
            found="variables.name",
        ),
        Check(
            holds=f"{PLACE} != {literal(NAMESPACE)} || !({_IS_BUILDER}) || variables.kind != 'pods'"
            f" || request.operation != 'CREATE' || ({_PLAIN_BUILD})",
            message="Deis's builder makes pods that build, with no other Secrets, no account and no label but heritage",
            found="variables.name",
        ),
        Check(
            holds=f"request.operation in ['DELETE', 'CONNECT'] || {PLACE} == {literal(NAMESPACE)}"
            f" || variables.spec.?serviceAccountName.orValue({literal(DEFAULT_ACCOUNT)}) == {literal(DEFAULT_ACCOUNT)}",
            message="pods of applications have no service account but the default one",
        ),
        Check(
            holds="variables.kind != 'services' || request.operation == 'DELETE'"
            f" || {of('object', 'spec', 'type')}.orValue('ClusterIP') == 'ClusterIP'",
            message="Services of applications are ClusterIP: the router leads to them, by its whitelists",
        ),
    ),
)

APPLICATION_NAMESPACES: Final = Rule(
    id="application-namespaces",
    requirement="INH-4",
    policies=(),
    resources={"": ["namespaces"]},
    reads=(lambda it: f"{of(it, 'metadata', 'labels')}[?{_KEY}]",),
    unless={"controller": _IS_CONTROLLER},
    checks=(
        Check(
            holds=f"{of('object', 'metadata', 'labels')}[?{_KEY}].orValue('') != {_VALUE}",
            message=f"only Deis's controller labels a namespace {'='.join(APPLICATION_LABEL)}, by which it is Deis's",
        ),
    ),
)
