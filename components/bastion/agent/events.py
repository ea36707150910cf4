"""One JSON line per event on stderr: journald keeps it, the shipper forwards it, metric filters read it (INH-3)."""

import json
import sys
from typing import TextIO


def event(name: str, stream: TextIO | None = None, **fields: object) -> None:
    """Write an event. Fields never contain a secret or a typed factor."""
    print(json.dumps({"event": name, **fields}, sort_keys=True), file=stream or sys.stderr, flush=True)
