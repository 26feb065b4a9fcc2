"""Measures the figures of docs/performance.md: `python -m bench`. Knows lbsh from outside, as its users do."""
