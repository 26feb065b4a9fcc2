"""What is named where: definitions, references, renames, calls, hints."""
