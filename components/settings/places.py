"""The mapping from arguments to settings: converts faults of arguments to faults of settings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from typing import Any, Final, get_args

from pydantic.alias_generators import to_camel

from components.account import AccountArgs
from components.alarms import AlarmTopicArgs
from components.baseline import BaselineArgs
from components.bastion import VpnBastionArgs
from components.certificate import PublicCertificateArgs
from components.cluster import ClusterArgs
from components.deis import DeisArgs
from components.faults import Fault, Path
from components.network import NetworkArgs
from components.observability import ObservabilityArgs
from components.settings.base import setting

ENTRY: Final = "<name>"
"""Stands for the name of the entry, where a section is a list of components."""
SECTIONS: Final[Mapping[type, Path]] = {
    AccountArgs: setting("account"),
    AlarmTopicArgs: setting("alerts"),
    BaselineArgs: setting("baseline"),
    ClusterArgs: setting("cluster"),
    DeisArgs: setting("deis"),
    NetworkArgs: setting("network"),
    ObservabilityArgs: setting("alerts"),
    PublicCertificateArgs: setting("certificates", ENTRY),
    VpnBastionArgs: setting("vpn"),
}
"""Arguments -> the section in which an argument has its own name, in camelCase, unless ELSEWHERE says otherwise."""

EVERYWHERE: Final[Mapping[Path, Path]] = {
    ("context", "region"): ("aws:region",),
    ("tags", "environment"): setting("environment"),
    ("tags", "extra"): setting("tags"),
    ("tags", "owner"): setting("owner"),
    ("people",): setting("people"),
    ("automation",): setting("automation"),
    ("vpc_cidr",): setting("network", "cidr"),
    ("service_cidr",): setting("network", "cidr"),
    ("protect",): setting("protectData"),
}
"""Arguments of several components -> settings."""

ELSEWHERE: Final[Mapping[type, Mapping[Path, Path]]] = {
    AccountArgs: {("locked_out_user",): setting("account", "deployerHasMfa"), ("users",): setting("people")},
    BaselineArgs: {
        ("allow_wide_whitelist",): setting("deis", "allowWideWhitelist"),
        ("application_certificates",): setting("deis", "applicationCertificates"),
    },
    ClusterArgs: {("deletion_protection",): setting("protectData")},
    DeisArgs: {
        ("administrator_email",): setting("deis", "administrator", "email"),
        ("administrator_username",): setting("deis", "administrator", "username"),
        ("certificate", "chain_pem"): setting("deis", "certificateChain"),
        ("certificate", "private_key_pem"): setting("deisCertificateKey"),
        ("images", "overrides"): setting("deis", "images"),
        ("images", "registry"): setting("deis", "imageRegistry"),
        ("node_architectures",): setting("cluster", "nodeGroups"),
        ("registry", "password"): setting("deisRegistryPassword"),
        ("reserved_names",): setting("baseline", "namespaces"),
    },
    PublicCertificateArgs: {
        ("source", "chain_pem"): setting("certificates", ENTRY, "chain"),
        ("source", "hosted_zone_id"): setting("certificates", ENTRY, "zoneId"),
        ("source", "private_key_pem"): setting("certificateKeys", ENTRY),
    },
    VpnBastionArgs: {
        ("mfa", "secret_key"): setting("duoSecretKey"),
        ("private_cidrs",): setting("network", "cidr"),
    },
}
"""Arguments of one component -> settings."""

NAMED: Final = re.compile(r"`([a-z]+(?:_[a-z]+)*)`")
"""An argument, as `Fault.allowed` names it."""


def as_setting(owner: type, fault: Fault, entry: str = ENTRY) -> Fault:
    """A fault of a component's arguments as a fault of settings; `entry` names one of several components."""
    allowed = NAMED.sub(lambda found: to_camel(found[1]), fault.allowed)
    return replace(fault, path=place(owner, fault.path, entry), allowed=allowed)


def place(owner: type, path: Path, entry: str = ENTRY) -> Path:
    """The setting from which an argument is made."""
    keys = spelled(owner, path)
    others = {**EVERYWHERE, **ELSEWHERE.get(owner, {})}
    for length in range(len(path), 0, -1):
        if (found := others.get(path[:length])) is not None:
            break
    else:
        found, length = SECTIONS[owner], 0
    return (*(entry if key == ENTRY else key for key in found), *keys[length:])


def spelled(owner: type, path: Path) -> Path:
    """The path with the names of fields in camelCase, and those of entries as they are."""
    keys, inner = [], owner
    for key in path:
        hints: Mapping[str, Any] = inspect.get_annotations(inner, eval_str=True) if inner else {}
        keys.append(to_camel(key) if key in hints else key)
        if key in hints:
            inner = _dataclass_in(hints[key], [*path[len(keys) :]])
    return tuple(keys)


def _dataclass_in(annotation: Any, following: list[str]) -> Any:
    """The dataclass in an annotation: if there are several, the one with a field of the path."""
    if inspect.isclass(annotation) and is_dataclass(annotation):
        return annotation
    found = [inner for member in get_args(annotation) if (inner := _dataclass_in(member, following))]
    fitting = [one for one in found if {*inspect.get_annotations(one)} & {*following}]
    return next(iter(fitting or found), None)
