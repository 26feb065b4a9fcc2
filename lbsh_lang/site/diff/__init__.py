"""What changes in meaning from one site to another. Knows sites only: neither their text nor how changes are said."""
