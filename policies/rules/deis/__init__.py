"""Policies about Deis (Hephy), as native objects or as its chart (DEIS-REG, DEIS-WL)."""
