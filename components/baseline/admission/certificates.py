"""Certificate names that applications of Deis may use: those that the router may read (INH-4, DEIS-WL).

The router reads the Secret `<name>-cert` of each certificate named by a Service, and stops applying any configuration
change while a read is refused (router v2.19.0, model/model.go, getSecret; read 2026-11-28).
"""

from __future__ import annotations

from collections.abc import Sequence

from components.baseline.admission.rule import Check, Rule, literal, of
from policies.guidelines.deis import CERTIFICATES_ANNOTATION

_KEY = literal(CERTIFICATES_ANNOTATION)


def _read(it: str) -> str:
    return f"{of(it, 'metadata', 'annotations')}[?{_KEY}]"


def certificates(names: Sequence[str]) -> Rule:
    """The rule for the names of certificates that applications may attach."""
    return Rule(
        id="deis-certificates",
        requirement="DEIS-WL",
        policies=(),
        resources={"": ["services"]},
        reads=(_read,),
        variables={
            "named": f"{_read('object')}.orValue('').split(',').map(e, e.trim()).filter(e, e != '')"
            ".map(e, e.substring(e.lastIndexOf(':') + 1).trim())",
            "strange": f"variables.named.filter(n, !(n in {literal([*names])}))",
        },
        checks=(
            Check(
                holds="variables.strange.size() == 0",
                message="an application's certificate is one that deis.applicationCertificates lists",
                found="variables.strange.join(', ')",
            ),
        ),
    )
