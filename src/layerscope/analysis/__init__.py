"""What the tree means: bytes and their fates, scores, findings, verdicts. No printing, no reading."""
