"""Generate the data of Kubernetes's default roles and bindings: `python -m tools.kubernetes_roles FOLDER...`.

Each folder is a `k8s.io/kubernetes` module from `go mod download`, such as kubernetes@v1.35.4; the data comes from
upstream's own tests (plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

FOLDER: Final = Path(__file__).parent.parent / "policies" / "rules" / "rbac" / "facts"
DATA: Final = Path("plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata")
DAY: Final = "2026-11-28"
CORE: Final = "core"


def _objects(folder: Path, *names: str) -> Iterator[dict[str, Any]]:
    for name in names:
        path = folder / DATA / f"{name}.yaml"
        if path.exists():
            yield from yaml.safe_load(path.read_text())["items"]


def _words(rule: dict[str, Any], name: str) -> str:
    return " ".join(sorted(one or CORE for one in rule.get(name) or ()))


def _selects(selectors: list[dict[str, Any]], labels: dict[str, str]) -> bool:
    return any(labels.items() >= selector["matchLabels"].items() for selector in selectors)


def roles(folder: Path) -> set[tuple[str, ...]]:
    """Name and rule of each cluster role, aggregated ones with the rules of their parts."""
    found: dict[str, dict[str, Any]] = {}
    for object_ in _objects(folder, "cluster-roles", "cluster-roles-featuregates", "controller-roles"):
        kept = found.setdefault(object_["metadata"]["name"], {**object_, "rules": []})
        kept["rules"] = [*kept["rules"], *(object_["rules"] or ())]

    def rules(name: str) -> list[dict[str, Any]]:
        role = found[name]
        selectors = role.get("aggregationRule", {}).get("clusterRoleSelectors", ())
        parts = [
            part
            for part, other in found.items()
            if part != name and _selects(selectors, other["metadata"].get("labels", {}))
        ]
        return [*role["rules"], *(rule for part in parts for rule in rules(part))]

    fields = ("apiGroups", "resources", "verbs", "resourceNames", "nonResourceURLs")
    return {(name, *(_words(rule, field) for field in fields)) for name in found for rule in rules(name)}


def bindings(folder: Path) -> set[tuple[str, ...]]:
    """Kind and name of each subject of a cluster role binding, the role, and the binding's name."""
    found = set()
    for object_ in _objects(folder, "cluster-role-bindings", "controller-role-bindings"):
        for subject in object_.get("subjects") or ():
            name = f"{subject['namespace']}/{subject['name']}" if "namespace" in subject else subject["name"]
            found.add((subject["kind"], name, object_["roleRef"]["name"], object_["metadata"]["name"]))
    return found


def _written(by_version: dict[str, set[tuple[str, ...]]]) -> list[str]:
    """Each entry with the versions that have it, unless all do."""
    lines = []
    for entry in sorted(set().union(*by_version.values())):
        has = [version for version, entries in by_version.items() if entry in entries]
        lines.append("|".join((*entry, "" if len(has) == len(by_version) else " ".join(has))))
    return lines


def main(folders: list[str]) -> None:
    """Write both files."""
    paths = {folder.rpartition("@v")[2].rpartition(".")[0]: Path(folder) for folder in sorted(folders)}
    read = ", ".join(sorted(folder.rpartition("@")[2] for folder in folders))
    for name, columns, of in (
        ("roles.txt", "role|API groups|resources|verbs|names|URLs|versions, if not all", roles),
        ("bindings.txt", "kind|subject|role|binding|versions, if not all", bindings),
    ):
        lines = _written({version: of(path) for version, path in paths.items()})
        head = [f"# {columns}", f"# tools/kubernetes_roles.py, kubernetes/kubernetes {read}, {DAY}"]
        (FOLDER / name).write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
