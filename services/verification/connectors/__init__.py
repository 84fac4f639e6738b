"""Where evidence may come from: one port, and behind it each newsroom source and each outside provider."""
