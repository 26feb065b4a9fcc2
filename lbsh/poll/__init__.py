"""The composition root of the poller: store, gateway, loop, health, probers and handler put together."""
