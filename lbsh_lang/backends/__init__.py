"""Backends: a checked site in, the text of one packet filter out. No backend imports another."""
