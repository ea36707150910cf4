"""What the sandbox tells a person instead of a traceback."""


class SandboxError(Exception):
    """Something that the user can act on; the message says what happened and the way out."""
