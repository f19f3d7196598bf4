"""The files that people join to what they write, made harmless before anything of them is kept. Framework-free."""
