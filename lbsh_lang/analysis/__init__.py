"""What an editor asks about scripts, in editor words: documents, positions, edits. Knows no protocol and no file system."""
