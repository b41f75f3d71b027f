"""Movement measures from H36M-17 joints at true timestamps; one concept a file, NumPy and SciPy only."""
