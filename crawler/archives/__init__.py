"""Archives of pages: one file for each kind."""
