"""The HTTP edge for machines: is the bot well, what has it counted, and the door at which Telegram brings updates.

Knows neither Telegram's objects nor the model; it is handed functions that answer.
"""
