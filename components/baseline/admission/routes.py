"""No Service or application takes over the name of Deis's controller or injects router configuration (DEIS-WL).

The controller itself is a client here, acting for application owners: `deis domains:add` accepts any name, `deis
services` any text.
"""

from __future__ import annotations

from typing import Final

from components.baseline.admission.rule import Check, Rule, literal, of
from policies.guidelines.deis import (
    ANNOTATION_PREFIX,
    APPLICATION_LABEL,
    CONTROLLER,
    CONTROLLER_DOMAIN,
    DOMAINS_ANNOTATION,
    NAMESPACE,
    ROUTABLE_LABEL,
    SERVICE_ANNOTATIONS,
)

_KEY, _VALUE = (literal(one) for one in APPLICATION_LABEL)


def _read_labels(it: str) -> str:
    return of(it, "metadata", "labels")


def _read_annotations(it: str) -> str:
    return of(it, "metadata", "annotations")


ROUTES: Final = Rule(
    id="deis-routes",
    requirement="DEIS-WL",
    policies=("deis-routes",),
    resources={"": ["services"]},
    reads=(_read_labels, _read_annotations),
    variables={
        "labels": f"{_read_labels('object')}.orValue({{}})",
        "annotations": f"{_read_annotations('object')}.orValue({{}})",
        "domains": f"variables.annotations[?{literal(DOMAINS_ANNOTATION)}].orValue('')",
        "unchecked": f"variables.annotations.map(k, k).filter(k, k.startsWith({literal(ANNOTATION_PREFIX)})"
        f" && !(k in {literal(SERVICE_ANNOTATIONS)}))",
        "home": f"{of('namespaceObject', 'metadata', 'labels')}.orValue({{}})",
    },
    checks=(
        Check(
            holds="variables.domains.split(',').all(d, d.trim().lowerAscii().split('.')[0]"
            f" != {literal(CONTROLLER_DOMAIN)}) || (request.namespace == {literal(NAMESPACE)}"
            f" && {of('object', 'metadata', 'name')}.orValue('') == {literal(CONTROLLER)})",
            message=f"no Service takes the name of Deis's controller ({CONTROLLER_DOMAIN}, {CONTROLLER_DOMAIN}.*)",
            found="variables.domains",
        ),
        Check(
            holds="variables.unchecked.size() == 0",
            message=f"no annotation {ANNOTATION_PREFIX}* that the router writes into its configuration as it is",
            found="variables.unchecked.join(', ')",
        ),
        # The pack does not see the labels of namespaces.
        Check(
            holds=f"variables.labels[?{literal(ROUTABLE_LABEL)}].orValue('') != 'true'"
            f" || request.namespace == {literal(NAMESPACE)} || variables.home[?{_KEY}].orValue('') == {_VALUE}",
            message=f"Deis's router leads to Deis and its applications only ({ROUTABLE_LABEL})",
        ),
    ),
)
