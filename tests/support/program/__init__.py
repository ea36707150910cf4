"""The program and its components, run with mocked providers."""
