"""Scanners that users run on their own accounts and clusters, applied to the program's resources."""
