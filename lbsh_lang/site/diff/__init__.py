"""The difference in meaning between two sites. Knows sites only: neither their text nor sentences for people."""
