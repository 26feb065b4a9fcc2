"""The meaning of a script: the site, and its resolution from statements."""
