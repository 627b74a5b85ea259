"""The process: command line, settings, assembly, and the loops that take in, work, send, call and sweep.

The only room that reads the environment, and the only one that knows all the others.
"""
