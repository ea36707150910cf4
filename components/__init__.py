"""The reusable components: each one a ComponentResource with hardened defaults."""
