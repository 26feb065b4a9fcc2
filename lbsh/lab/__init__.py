"""The laboratory: a site as a working miniature on this machine, in network namespaces that end with their process."""
