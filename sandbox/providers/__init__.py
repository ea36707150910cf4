"""Stand-ins for Pulumi's provider plugins, where the real ones are not installed."""
