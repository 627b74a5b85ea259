"""Looks at pictures: any bytes become one upright picture, and a model in a process of its own answers about it."""
