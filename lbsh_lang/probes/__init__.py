"""Probe methods: how a server is asked whether it is up. A file a method, which says everything about it once."""
