"""A sandbox on the real engine: its stacks, inventories, faults and changes."""
