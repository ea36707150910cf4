"""Policies about Deis (Hephy), whether made of native objects or of its chart (DEIS-REG, DEIS-WL)."""
