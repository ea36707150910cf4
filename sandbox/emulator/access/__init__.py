"""Authentication and authorization of the sandbox's API server, as on EKS: two webhooks beside the emulated AWS.

`tokens` parses the tokens of `aws eks get-token`, `callers` emulates STS's response to them, `webhooks` finds the
access entry.
"""
