"""The store: the running script, the tree of the paper's data model, statuses, history. No path leaves this package."""
