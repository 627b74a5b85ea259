import numpy as np


class Sampler:
    def __init__(self, generate, model):
        self.t = generate.temperature

    def choose(self, logits):
        return int(logits.argmax())
