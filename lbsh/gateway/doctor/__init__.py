"""Why does it not work? Checks of the machine around the running script. Nothing here changes anything."""
