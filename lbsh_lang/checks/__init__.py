"""The checks: one function per diagnostic code. A function's docstring is the page that explains its code."""
