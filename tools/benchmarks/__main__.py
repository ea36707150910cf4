"""Write docs/benchmarks.md."""

from tools.benchmarks import DOCUMENT, page

DOCUMENT.write_text(page())
