"""Generators of derived files. `make generate` runs them all; `make lint` reports what is stale.

A generator is a module with a function that yields the files it makes, as pairs of a path and a text; it writes nothing. The
table of generators is in `__main__.py`.
"""
