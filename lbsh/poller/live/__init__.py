"""What a running poller shows: the status socket and the metrics, answered in small steps between turns of its loop."""
