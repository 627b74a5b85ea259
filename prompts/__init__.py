"""Text for the model: what it is asked, in which language, in which words.

Knows nothing of chats, databases or how the model runs; takes strings and gives strings.
"""
