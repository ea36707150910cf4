"""The policy pack: its cases, its kernel, and the analyzer over gRPC."""
