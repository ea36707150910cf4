"""The law: policies that block any stack that does not comply, and the guidelines that they enforce."""
