"""How long a rule may be lifted for somebody."""

from __future__ import annotations

from typing import Final

LONGEST_DAYS: Final = 366
"""An exemption that ends later than this is no exemption any more."""
