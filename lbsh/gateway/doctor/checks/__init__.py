"""The checks, one a file; `catalog` lists them."""
