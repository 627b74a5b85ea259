"""Random but valid updates of every kind that the Bot API knows, worked on by a whole bot.

Shapes come from python-telegram-bot's own classes, so a new version brings new kinds by itself. Telegram is stood in
for at the library's own seam, the model by one that answers at once.
"""
