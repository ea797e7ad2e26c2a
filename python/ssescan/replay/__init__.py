"""The embedded server: replays recorded streams over HTTP, with faults if asked to."""

from .server import Faults, Recording, ReplayServer, Request, steps_of

__all__ = ["Faults", "Recording", "ReplayServer", "Request", "steps_of"]
