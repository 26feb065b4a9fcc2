"""Backends render a checked site as the rules of a packet filter. No backend imports another."""
