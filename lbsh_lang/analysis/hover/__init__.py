"""Hover: the text about a word and the entity that it names."""
