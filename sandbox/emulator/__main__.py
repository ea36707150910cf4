"""`python -m sandbox.emulator --port N`: the emulated AWS on http://127.0.0.1:N."""

from __future__ import annotations

import argparse

from sandbox.emulator.server import serve


def main() -> None:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.emulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="loopback port; 0 takes a free one, which is printed")
    serve(parser.parse_args().port)


if __name__ == "__main__":
    main()
