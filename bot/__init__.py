"""The process: command line, settings, assembly, and the three loops that take in, work and send.

The only room that reads the environment, and the only one that knows all the others.
"""
