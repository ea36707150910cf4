"""What Deis's router reads."""
