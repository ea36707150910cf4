"""What runs on the bastion itself: Python's standard library, boto3 and Duo's client as Ubuntu packages them."""
