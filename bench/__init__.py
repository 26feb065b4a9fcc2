"""What docs/performance.md quotes, measured anew: `python -m bench`. Knows lbsh from outside, as its users do."""
