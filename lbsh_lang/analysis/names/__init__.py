"""Features of names: definitions, references, renames, calls, hints."""
