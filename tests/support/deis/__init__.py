"""Parsing of the annotations that Deis's router reads."""
