"""The HTTP edge for machines: is the bot well, what has it counted, and the door at which Telegram brings updates.

And the way out: signed calls to the watches' webhooks, and the guard that says where they may go. Knows neither
Telegram's objects nor the model; it is handed functions that answer.
"""
