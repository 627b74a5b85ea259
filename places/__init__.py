"""Positions on the Earth: what they are, how they are written, and what a photo's EXIF says of its own.

Pure functions over numbers. This room does not know chats, pictures, the database or the network; it reads no file and
keeps nothing. It knows no names of places either.
"""
