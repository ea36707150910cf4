"""What AWS would read: filter patterns and IAM documents."""
