"""Scripts that change while they are analysed: documents, sessions, workspaces."""
