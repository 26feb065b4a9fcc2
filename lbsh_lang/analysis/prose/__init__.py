"""Text for people about statements, words and entities: the same in completion and hover."""
