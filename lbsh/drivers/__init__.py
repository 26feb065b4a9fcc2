"""Drivers: they alone speak to the packet filter and to the kernel's states of connections."""
