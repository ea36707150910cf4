"""The stand-in `aws` provider: real requests, checked against AWS's service models, to the emulated AWS."""
