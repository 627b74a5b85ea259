"""The engine's benchmarks on a graphics card, on a machine without a network."""
