"""Programs that keep this repository in order; no part of what is installed."""
