"""Policies about unknown packages, resource types and custom resources (INH-4).

The pack refuses what it does not recognise. Each allow-list has a setting for additions, with a reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.kernel.kinds import PACKAGE, kind_of, listed_types
from policies.kernel.pod_specs import pods_in
from policies.kernel.policy import HIGH, MANDATORY, MEDIUM, Policy
from policies.kernel.resource import WHOLE, Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.pack import catalog
from policies.rules.pack.coverage import Programs

PACKAGES: Final = {
    catalog.AWS: "each type is judged or listed in the catalog",
    "aws-native": "the types that policies judge",
    "awscc": "the types that policies judge",
    PACKAGE: "each kind is judged or listed in the catalog",
    "eks": "its components, whose resources are of the aws package",
    "tls": "each type is judged",
    "random": "each type is listed in the catalog",
    "palisade": "its components",
    "pulumi": "the engine's own: stacks, references, providers",
}
"""Packages that a stack may use, and what of them."""
PROVIDERS: Final = "pulumi:providers:"
_PROGRAMS: Final = Programs()


def _reasons(what: str) -> dict[str, Any]:
    reason = {"type": "string", "minLength": 1}
    return {"type": "object", "additionalProperties": reason, "default": {}, "description": f"{what} -> reason."}


class NotListedPackages:
    """Types of packages outside PACKAGES; programs have their own policy."""

    by_name = True

    def __contains__(self, type_: object) -> bool:
        return str(type_).partition(":")[0] not in PACKAGES and type_ not in _PROGRAMS


class NotJudged:
    """Types of the allowed packages with some catalog classes, and lists, whose items may be of those types.

    classes: catalog classes.
        custom: whether custom resources or all other types are meant.
        custom: whether they are custom resources, or anything else.
    """

    by_name = True

    def __init__(self, *classes: str, custom: bool = False) -> None:
        self._classes = classes
        self._custom = custom

    def __contains__(self, type_: object) -> bool:
        kind = kind_of(str(type_))
        return (kind is not None and kind.wrapper == "List") or self.has(str(type_))

    def has(self, type_: str) -> bool:
        """Whether the type itself is among them."""
        if type_.partition(":")[0] not in PACKAGES or type_.startswith(PROVIDERS):
            return False
        kind = kind_of(type_)
        return self._custom is bool(kind and kind.custom) and catalog.entry(type_).class_ in self._classes


class Custom(NotJudged):
    """Custom resources; even those with pod specs may contain hidden ones."""

    def __contains__(self, type_: object) -> bool:
        kind = kind_of(str(type_))
        return kind is not None and (kind.custom or kind.wrapper == "List")


class Opaque(NotJudged):
    """Types that create resources, or run programs, outside the policies; some only with certain properties."""

    def __contains__(self, type_: object) -> bool:
        return super().__contains__(type_) or type_ in catalog.opaque_properties()


OPAQUE_TYPES: Final = Opaque(catalog.OPAQUE)
TYPES: Final = NotJudged(catalog.REFUSED)
CUSTOM_TYPES: Final = Custom(catalog.OPAQUE, catalog.REFUSED, custom=True)


def _kinds_listed(resource: Resource) -> Iterator[tuple[Value, str]]:
    yield from ((item["kind"], type_) for item, type_ in listed_types(resource))


def _not_judged(resource: Resource, types: NotJudged, required: str, setting: str = "") -> Iterator[Violation]:
    if resource.component:
        return
    listed = resource.settings[setting].fields() if setting else {}
    for where, type_ in [(Value(None, WHOLE), resource.type), *_kinds_listed(resource)]:
        kind = kind_of(type_)
        if types.has(type_) and type_ not in listed and not (kind and kind.group in listed):
            yield violation(where, f"{type_}: {catalog.entry(type_).reason}", required)


def _opaque(resource: Resource) -> Iterator[Violation]:
    yield from _not_judged(resource, OPAQUE_TYPES, "resources of the aws package, each of which is judged")
    for path in catalog.opaque_properties().get(resource.type, ()):
        with resource.isolate():
            value = resource.props.along(*path.split("."))
            if value.present:
                yield violation(value, "containers or commands that no policy reads", "another kind of target")


SEEN: Final = Policy(
    id="provisioning-is-seen",
    requirement="INH-4",
    types=OPAQUE_TYPES,
    level=MANDATORY,
    severity=HIGH,
    description="No resource creates others, starts machines or containers, or runs commands past these policies.",
    fix="describe what it creates with resources of the aws package, or have it reviewed and ask for an exemption",
    rule=_opaque,
)


def _package(resource: Resource) -> Iterator[Violation]:
    package = resource.type.partition(":")[0]
    if not resource.component and package not in resource.settings["packages"].fields():
        yield violation(WHOLE, f"package {package}, which no policy judges", f"one of {', '.join(PACKAGES)}")


PACKAGE_LISTED: Final = Policy(
    id="package-allowlist",
    requirement="INH-4",
    types=NotListedPackages(),
    level=MANDATORY,
    severity=MEDIUM,
    description="Resources come from packages that these policies judge, or that somebody has reviewed and listed.",
    fix="use a package on the list, or have it reviewed and add it to the setting packages",
    rule=_package,
    settings={"packages": _reasons("Further packages whose resources may be created: name")},
)


def _type(resource: Resource) -> Iterator[Violation]:
    yield from _not_judged(resource, TYPES, "a type that policies judge, or one listed in types", "types")


TYPE_LISTED: Final = Policy(
    id="resource-type-allowlist",
    requirement="INH-4",
    types=TYPES,
    level=MANDATORY,
    severity=MEDIUM,
    description="Every resource is of a type that policies judge, or that the pack's catalog lists as harmless.",
    fix="use a type that is judged, or have this one reviewed and add its token to the setting types",
    rule=_type,
    settings={"types": _reasons("Further types that may be created: token, such as aws:ecs/cluster:Cluster")},
)


def _custom(resource: Resource) -> Iterator[Violation]:
    yield from _not_judged(resource, CUSTOM_TYPES, "a kind of the catalog, or a group in customGroups", "customGroups")
    kind = kind_of(resource.type)
    listed = kind is None or kind.wrapper == "List" or kind.group in resource.settings["customGroups"].fields()
    for field in sorted(catalog.opaque_fields() & pods_in(resource.props).fields) if not listed else ():
        yield violation(WHOLE, f"the field {field}, which no policy reads", "objects and pods as fields of their own")


CUSTOM_LISTED: Final = Policy(
    id="custom-resource-allowlist",
    requirement="INH-4",
    types=CUSTOM_TYPES,
    level=MANDATORY,
    severity=MEDIUM,
    description="Custom resources are of kinds that the catalog lists, or of API groups that somebody has reviewed.",
    fix="describe the objects themselves, or have the operator reviewed and add the group to the setting customGroups",
    rule=_custom,
    settings={"customGroups": _reasons("Further API groups whose custom resources may be created: group")},
)

POLICIES = (SEEN, PACKAGE_LISTED, TYPE_LISTED, CUSTOM_LISTED)
