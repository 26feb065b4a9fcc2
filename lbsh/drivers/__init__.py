"""Drivers talk to the packet filter's own programs. The only importers of `subprocess`."""
