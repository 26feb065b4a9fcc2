"""Traces of packets, in steps for people and as JSON for programs."""
