"""What the staff desk decides, without clock, database or network."""
