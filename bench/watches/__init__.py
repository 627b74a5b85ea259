"""What the watches are worth and what they cost: alerts against what was drawn, and tokens and time."""
