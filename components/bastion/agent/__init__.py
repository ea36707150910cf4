"""The programs on the bastion: Python's standard library, boto3 and Duo's client as packaged by Ubuntu."""
