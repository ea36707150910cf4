"""The stand-in `tls` provider: keys.py, certificates.py, and provider.py, which serves them."""
