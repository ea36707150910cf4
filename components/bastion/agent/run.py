#!/usr/bin/python3 -I
"""Start a part of the bastion's program: run.py PART SETTINGS [ARGUMENT...].

Python is isolated (-I), so that the environment, which an OpenVPN client sets in part, cannot influence it.
"""

import importlib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
part = importlib.import_module(f"agent.{sys.argv[1]}")
sys.exit(part.main(sys.argv[2:], os.environ))
