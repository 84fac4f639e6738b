"""A test that never failed proves nothing: each promise is broken on purpose, and its tests must notice."""
