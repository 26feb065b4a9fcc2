"""Code actions: fixes of findings, and edits of pools and servers."""
