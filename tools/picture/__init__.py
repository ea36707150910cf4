"""The picture of the architecture, derived from the program's resources: `python -m tools.picture`."""
