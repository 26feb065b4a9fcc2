"""An example of the additions that a plug-in can make to lbsh."""
