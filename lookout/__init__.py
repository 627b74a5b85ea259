"""The heart: look at a sighting, judge its watches, decide what to tell. It decides; others fetch, keep and send.

Knows nothing of Telegram, of SQL or of llama.cpp: it is given pictures, watches and a backend that sees.
"""
