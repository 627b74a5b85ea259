"""One file a step, named for its revision."""
