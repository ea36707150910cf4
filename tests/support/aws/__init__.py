"""Evaluation of AWS filter patterns and IAM documents."""
