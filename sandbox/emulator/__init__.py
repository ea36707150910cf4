"""AWS on this machine: moto, and in front of it the operations that moto lacks.

`server` serves both on loopback; `inprocess.emulated_aws` gives the same to unit tests. A request is routed, parsed and
checked by the service models of botocore; the operations in `services` answer from a store that moto's own reset
clears, everything else goes on to moto.
"""
