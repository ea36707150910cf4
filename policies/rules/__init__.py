"""The rules, a folder for each subject: `x.py` has policies, `x_cases.py` the cases they accept, refuse and defer."""
