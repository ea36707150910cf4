"""The scanners that users run on their own accounts and clusters, run on what this program registers."""
