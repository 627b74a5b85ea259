"""What is kept: records, the database, files, and the three queues that nothing falls out of.

Knows nothing of Telegram, of the model or of voices. A record is a frozen dataclass; SQL stays inside this room.
"""
