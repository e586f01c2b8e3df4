"""Who buys again, and when: snapshots of what was known, survival curves on them, and their test."""
