"""Programs of the house: what writes derived files, and what tests and benchmarks need on a machine."""
