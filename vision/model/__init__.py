"""What runs in the model's own process: llama.cpp, and all that decides what it computes next."""
