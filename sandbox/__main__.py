"""`python -m sandbox`: see sandbox.cli, and sandbox.doctor for the command that needs nothing installed."""

import sys

if sys.version_info < (3, 9):  # noqa: UP036 - an older Python is what `doctor` may be started with
    sys.exit("Palisade needs Python 3.11 to 3.14: https://www.python.org/downloads/")
if sys.argv[1:2] == ["doctor"]:
    from sandbox.doctor import main

    sys.exit(main(sys.argv[2:]))

from sandbox.cli import main as commands

sys.exit(commands())
