"""Needs as data: what each actor calls and connects to, and the evaluation of a run of the program against it.

`actors/*.toml` hold the needs with their upstream sources, `reviewed.toml` the grants and openings without a need.
`matrix.py` runs the program in many configurations, `iam.py` evaluates policies as AWS documents it, `account.py` finds
the policies of a run, `network.py` decides whether a connection gets through.
"""
