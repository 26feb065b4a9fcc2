"""lbsh: describe load-balanced services in a few plain lines, and get the packet filter's rules for them."""

__version__ = "0.1.0"
