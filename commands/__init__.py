"""Command lines beside `pulumi`. Those that read what it prints need Python's standard library only."""
