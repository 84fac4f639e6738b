"""What the benches of speed measure with: CPU of processes, interleaved pairs, servers and children of their own."""
