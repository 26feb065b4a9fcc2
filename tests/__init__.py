"""Unit and golden tests; `tests.system` holds those that need root and network namespaces."""
