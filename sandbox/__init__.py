"""A Bot API server on your own machine, with a chat page for the people in it."""

from sandbox.server import Sandbox, application
from sandbox.world import World

__all__ = ["Sandbox", "World", "application"]
