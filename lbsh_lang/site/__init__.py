"""The meaning of a script: the site, and how statements resolve to it."""
