"""From text to typed statements. Each line is parsed on its own; parsing never raises."""
