"""Cases of registries.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.data.registries import REGISTRY, REPOSITORY, TEMPLATE

_SCAN: Final = {"scanOnPush": True}


def _repository(changes: dict[Any, Any]) -> Item:
    made = {"name": "web", "imageTagMutability": "IMMUTABLE", "imageScanningConfiguration": _SCAN}
    return Item(type=REPOSITORY, props=changed(made, changes))


CASES: dict[str, tuple[Case, ...]] = {
    REGISTRY.id: (
        ok("immutable", _repository({})),
        fail("mutable_by_default", _repository({"imageTagMutability": OMITTED}), at="imageTagMutability"),
        fail("mutable_template", Item(type=TEMPLATE, props={"prefix": "ROOT"}), at="imageTagMutability"),
        fail(
            "every_tag_excluded",
            _repository(
                {
                    "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
                    "imageTagMutabilityExclusionFilters": [{"filter": "*", "filterType": "WILDCARD"}],
                }
            ),
            at="imageTagMutabilityExclusionFilters[0].filter",
        ),
        fail(
            "not_scanned",
            _repository({"imageScanningConfiguration": OMITTED}),
            at="imageScanningConfiguration.scanOnPush",
        ),
        unknown("decided_later", _repository({"imageTagMutability": UNKNOWN})),
    ),
}
