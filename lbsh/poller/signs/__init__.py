"""Passive signs: what clients' traffic and the kernel say of servers. A sign has them probed, and decides nothing."""
