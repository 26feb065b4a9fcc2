"""Diagnostics as text: for people and for programs. Pure functions of values."""
