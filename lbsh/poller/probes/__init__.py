"""Probe methods as conversations without I/O, a file a method."""
