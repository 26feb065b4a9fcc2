"""Findings in the output formats of `lbsh check`."""
