"""No test depends on how fast the machine is."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, settings

from sandbox.engine.programs import ROOT


def test_properties_have_no_deadline() -> None:
    assert settings.default
    assert settings.default.deadline is None
    assert HealthCheck.too_slow in settings.default.suppress_health_check


def test_no_property_has_one_of_its_own_or_is_called_too_slow() -> None:
    found = {
        f"{path.name}: {call}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for call in re.findall(r"@settings\([^@]*?\)\n", path.read_text())
        if "deadline" in call or ("suppress_health_check=[" in call and "too_slow" not in call)
    }
    assert not found
