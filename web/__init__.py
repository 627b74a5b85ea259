"""The HTTP edge for machines: is the bot well, and what has it counted.

Knows nothing of Telegram or the model; it is handed functions that answer.
"""
