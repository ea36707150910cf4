"""Account registration: administrators only (DEIS-REG).

The controller's own default is open registration, so a missing mode is open, and a mode from another source (a config
map, a secret, another variable) cannot be verified as closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.guidelines.deis import (
    CONTROLLER,
    OPEN_REGISTRATION,
    REGISTRATION_MODES,
    REGISTRATION_VALUE_KEYS,
    REGISTRATION_VARIABLE,
)
from policies.kernel.kinds import WORKLOADS
from policies.kernel.policy import CRITICAL, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.deis.charts import (
    CHARTS,
    found,
    is_deis,
    is_drycc,
    told,
)
from policies.rules.deis.pods import servers
from policies.rules.workloads.pods import Pod, pods

REQUIRED: Final = " or ".join(REGISTRATION_MODES)
BELOW_CONTROLLER: Final = re.compile(r"controller(?:\"\])?\.\w+$")


class Types:
    """Kinds that make pods, and charts."""

    def __contains__(self, type_: object) -> bool:
        return type_ in CHARTS or type_ in WORKLOADS


def _mode(value: Value) -> Iterator[Violation]:
    mode = value.text()
    if mode not in REGISTRATION_MODES:
        yield violation(value, f"{mode}" if mode else f"nothing ({OPEN_REGISTRATION})", REQUIRED)


def _container(container: Value) -> Iterator[Violation]:
    """The registration settings of a container."""
    for variable in container["env"].items():
        if variable["name"].text() == REGISTRATION_VARIABLE:
            source = variable["valueFrom"]
            if not source.missing:
                yield violation(source, "a value from elsewhere, which may be anything", f"the text {REQUIRED}")
            else:
                yield from _mode(variable["value"])


def _says_mode(container: Value) -> bool:
    """Whether a container sets a mode; an unknown variable may be the mode, and is evaluated once it is known."""
    return any(variable["name"].text() == REGISTRATION_VARIABLE for variable in container["env"].items())


def _pod(pod: Pod) -> Iterator[Violation]:
    yield from pod.resource.each(pod.containers(), _container)
    if pod.patch:
        return
    for container in servers(pod):
        with pod.resource.isolate():
            if not _says_mode(container):
                said = f"no {REGISTRATION_VARIABLE} ({OPEN_REGISTRATION})"
                yield violation(container["env"], said, f"{REGISTRATION_VARIABLE}: {REQUIRED}")


def _chart(resource: Resource) -> Iterator[Violation]:
    values = resource.props["values"]
    given = list(found(values, REGISTRATION_VALUE_KEYS))
    if not is_deis(resource):
        # A chart of another name may still contain Deis; only its controller's settings are checked.
        yield from resource.each([one for one in given if BELOW_CONTROLLER.search(one.path)], _mode)
        return
    yield from resource.each(given, _mode)
    # Only Drycc's chart reads the second of the two names.
    keys = REGISTRATION_VALUE_KEYS if is_drycc(resource) else REGISTRATION_VALUE_KEYS[:1]
    places = [told(resource, "controller", key) for key in keys]
    if not any(said for _, said in places):
        yield violation(places[0][0], f"nothing ({OPEN_REGISTRATION})", REQUIRED)


def _registration(resource: Resource) -> Iterator[Violation]:
    if resource.type in CHARTS:
        yield from _chart(resource)
    else:
        yield from resource.each(pods(resource), _pod)


REGISTRATION = Policy(
    id="registration-not-open",
    requirement="DEIS-REG",
    types=Types(),
    level=MANDATORY,
    severity=CRITICAL,
    description="Registration in Deis is open to nobody but an administrator, and that is said where it can be read.",
    fix=f"set {REGISTRATION_VARIABLE} to {REGISTRATION_MODES[0]} in the environment of {CONTROLLER}; "
    f"of a chart, controller.{REGISTRATION_VALUE_KEYS[0]} in values",
    rule=_registration,
)

POLICIES = (REGISTRATION,)
