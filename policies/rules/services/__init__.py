"""Policies about settings of AWS's managed services: encryption, logs, backups, deletion, and accepted traffic."""
