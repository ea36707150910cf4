"""The picture of the architecture, made from what the program registers: `python -m tools.picture`."""
