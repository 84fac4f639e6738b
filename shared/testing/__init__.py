"""What tests stand on: real servers as pytest fixtures, and an account of the parts a test run used. Imported by tests only."""
