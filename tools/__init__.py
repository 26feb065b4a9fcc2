"""Programs for work on lbsh: generators of derived files, and scripts that install what tests and benchmarks drive."""
