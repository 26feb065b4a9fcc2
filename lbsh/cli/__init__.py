"""The command line: one module a command, which reads arguments, prints results and sets the exit status."""
