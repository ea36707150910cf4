"""Command lines for people beside `pulumi`: they read what it prints, and need Python's standard library only."""
