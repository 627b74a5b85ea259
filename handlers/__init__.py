"""The Telegram edge: one file per thing a person does.

Parses updates and phrases replies. Knows nothing of the database's tables or of llama.cpp: it asks storage, lookout and
voice, and what it wants said it leaves with its work, to be sent once the work is done.
"""
