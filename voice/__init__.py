"""Text to speech: a reply's text becomes an OGG/Opus voice note.

Start at `voice.speaker`. Two engines stand behind one interface: eSpeak NG, offline and in a process of its own, and
Google Translate's voice through gTTS, which sends the text to Google. `voice.plain` decides what is said of what is
written, `voice.opus` is the only one of them that imports PyAV.

This room does not know chats, settings, the database or the model: it is given a text and a language, and gives back
bytes and seconds. It keeps nothing and logs no text.
"""
