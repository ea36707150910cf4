"""Who reaches the sandbox's API server, as on EKS: two webhooks that the API server asks, beside the emulated AWS.

`tokens` reads what `aws eks get-token` makes, `callers` is what STS answers to it, `webhooks` finds the access entry.
"""
