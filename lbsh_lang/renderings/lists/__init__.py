"""The lists for a device: for people, as commands of Linux and FreeBSD, and as JSON."""
