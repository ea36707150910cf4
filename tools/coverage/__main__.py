"""Write the pack's coverage: `python -m tools.coverage`."""

from __future__ import annotations

from tools.coverage.documents import documents

for path, text in documents().items():
    path.write_text(text)
