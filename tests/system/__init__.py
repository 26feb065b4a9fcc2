"""Tests with real packets, in a laboratory of network namespaces."""
