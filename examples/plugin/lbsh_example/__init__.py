"""What a plug-in can add to lbsh, by example."""
