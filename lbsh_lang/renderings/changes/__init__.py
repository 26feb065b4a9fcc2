"""Changes from one site to another, in sentences for people and as JSON for programs."""
