"""The rules, a folder a subject: `x.py` holds policies, `x_cases.py` what they must pass, refuse and defer."""
