"""The drawn world: scenes of one to three things, what is true of them, and their pictures."""
