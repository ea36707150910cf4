"""Attacks on the guard rails, each with the place that must stop it."""
