"""`python -m policies check`: the whole pack on a state, a preview or a plan, with neither engine nor server."""
