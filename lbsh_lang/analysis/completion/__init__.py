"""Completion at a cursor, and the forms that a line may still become."""
