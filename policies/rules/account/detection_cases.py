"""Cases of detection.py."""

from __future__ import annotations

from typing import Final

from policies.kernel.cases import Case, Item, fail, ok
from policies.rules.account.detection import ACCESS_ANALYZER, ANALYZER, DETECTOR, EKS_FEATURES, FEATURE, GUARDDUTY
from policies.rules.account.trails_cases import _of


def _features(*names: str, status: str = "ENABLED") -> tuple[Item, ...]:
    return tuple(
        Item(type=FEATURE, props={"detectorId": "d", "name": name, "status": status}, name=name) for name in names
    )


_DETECTOR: Final = Item(type=DETECTOR, props={"enable": True}, name="detector")

CASES: dict[str, tuple[Case, ...]] = {
    GUARDDUTY.id: (
        ok("both_features", _DETECTOR, *_features(*EKS_FEATURES)),
        fail("one_feature", _DETECTOR, *_features(EKS_FEATURES[0]), at="features"),
        fail("features_off", _DETECTOR, *_features(*EKS_FEATURES, status="DISABLED"), at="features"),
    ),
    ACCESS_ANALYZER.id: (
        ok("beside_the_trail", _of(), Item(type=ANALYZER, props={"type": "ACCOUNT"})),
        fail("trail_alone", _of(), at="(stack)"),
    ),
}
