"""The tiny LLaVA: a drawn world, the model trained on it, and the weights that ship with the project."""
