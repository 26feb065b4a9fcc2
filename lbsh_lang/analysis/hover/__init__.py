"""What there is to say of a word and of what it names."""
