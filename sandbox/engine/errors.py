"""Errors that the sandbox reports without a traceback."""


class SandboxError(Exception):
    """An error that the user can fix; the message says what happened and how to fix it."""
