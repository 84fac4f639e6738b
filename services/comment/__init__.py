"""Comment: what readers say under an article, and what may be seen of it."""
