"""A whole environment on one machine: the real engine, an emulated AWS and a real Kubernetes control plane (PLAT-1)."""
