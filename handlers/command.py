"""Reading commands."""

from telegram import Update


def argument(update: Update) -> str:
    """What stands behind the command, with its own line breaks; empty where nothing does."""
    message = update.effective_message
    words = (message.text or "").split(maxsplit=1) if message else []
    return words[1].strip() if len(words) > 1 else ""
