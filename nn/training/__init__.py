"""Training: the loop, what it measures, and what may stop it."""
