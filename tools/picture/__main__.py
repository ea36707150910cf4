"""Run the program on the emulated AWS and write docs/architecture.svg and docs/architecture.md."""

from __future__ import annotations

from sandbox.engine.stack import ROOT
from tests.support.program.whole_program import made
from tools.picture.document import markdown
from tools.picture.drawing import svg
from tools.picture.flows import facts

found = facts(made())
(ROOT / "docs" / "architecture.svg").write_text(svg(found))
(ROOT / "docs" / "architecture.md").write_text(markdown(found))
