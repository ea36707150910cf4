"""The real engine and its processes: Pulumi, the control plane, the emulated AWS, and the state they leave."""
