"""The catalogue of events: what every service says and hears, written down from the code for people and programs."""
