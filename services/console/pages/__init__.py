"""The pages of the desk, by what a person comes for."""
