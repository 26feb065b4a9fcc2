"""Probe methods: ways to find out whether a server is up. Each method is a record in a file of its own."""
