"""Measurements; each module is run by itself, and tells what it measured beside what was aimed at."""
