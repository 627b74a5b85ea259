"""A loop opened over the weights: model, projector, cache and eye put together, and one request tried."""

from __future__ import annotations

from dataclasses import dataclass

from vision.errors import EngineError, VisionError
from vision.model.context import STEP_ROWS, Context
from vision.model.contexts import TILE_ROWS, Contexts
from vision.model.eye import Eye
from vision.model.loop import MOST_RUNNING, Loop, Room
from vision.model.native import Model, Progress
from vision.model.projector import Projector
from vision.model.turns import Turns
from vision.picture import picture_from_rgb
from vision.request import Done, Event, Generation, Message, Request
from vision.weights import Weights

_LONGEST_STEP_S = 0.6
# A processor looks at the mask of every cell up to the last one that is taken, for each row, layer and head: with 8,000
# idle cells a hundred questions took 2 of 9 seconds longer. Fetching 600 of them from host memory takes milliseconds.
_IDLE_CELLS = 2048
_STREAM_CELLS = 1152  # a picture of 576 tokens, its question, and an answer of 512
_GREY = picture_from_rgb(64, 64, b"\x80" * (64 * 64 * 3))
_WORDS = "Is this a picture of something that has a name, and can that name be said in one word, yes or no?"


@dataclass(frozen=True)
class Opening:
    """How to open it. `cache_tokens` 0 lets the model choose; `plain` as for the model."""

    weights: Weights
    threads: int
    gpu_layers: int
    context_tokens: int
    cache_tokens: int
    host_cache_bytes: int
    embeddings_bytes: int
    plain: bool


@dataclass(frozen=True)
class Opened:
    """The loop, and what there is to say of it; `notes` are for the operator."""

    loop: Loop
    model: Model
    context_tokens: int
    notes: tuple[str, ...]


def open_loop(opening: Opening, on_load: Progress) -> Opened:
    """Load the weights and answer once about nothing: what crashes or cannot work at all does so now."""
    weights, threads, gpu_layers = opening.weights, opening.threads, opening.gpu_layers
    model = Model(weights.model, gpu_layers=gpu_layers, plain=opening.plain, on_load=on_load)
    eye = projector = None
    if weights.projector:
        eye = Eye(None if model.on_graphics else Turns())
        projector = Projector(
            weights.projector, model, threads=threads, gpu_layers=gpu_layers, on_load=on_load, pause=eye.pause
        )
    context_tokens = min(opening.context_tokens, model.trained_tokens)
    context = _contexts(
        opening, model, context_tokens, pictures_whole=projector is not None and projector.pictures_whole
    )
    spared = opening.host_cache_bytes and not model.on_graphics
    idle_cells = _IDLE_CELLS if spared else context.cells
    room = Room(context_tokens, opening.host_cache_bytes, opening.embeddings_bytes, idle_cells)
    trial = _Trial()
    trial.loop = loop = Loop(model, context, eye, trial, room)
    if eye and projector:
        eye.open(projector, loop.glance)
    loop.measure(_LONGEST_STEP_S)
    turn = Message("user", _WORDS, (_GREY,) if eye else ())
    loop.ask(0, Request(conversation=(turn,), generate=Generation(max_tokens=2)))
    while not trial.done:
        loop.turn()
    notes = (projector.mended if projector else None, context.note)
    return Opened(loop, model, context_tokens, tuple(note for note in notes if note))


def _contexts(opening: Opening, model: Model, most: int, *, pictures_whole: bool) -> Contexts:
    """The contexts, of which one request may take `most` tokens."""
    pads = not model.on_graphics and model.trims
    splits = pads and not model.window
    stream_cells = min(most, _STREAM_CELLS)
    ordinary = most + MOST_RUNNING * stream_cells if splits else 2 * most
    tokens = max(opening.cache_tokens or ordinary, most)
    streams = min((tokens - most) // stream_cells, MOST_RUNNING) if splits else 0
    cells = tokens - streams * stream_cells + STEP_ROWS + TILE_ROWS
    shared = Context.shared(model, cells, threads=opening.threads, pictures_whole=pictures_whole)
    apart = Context.apart(model, stream_cells, threads=opening.threads, streams=streams) if streams else None
    contexts = Contexts(shared, apart, streams, pads=pads, place_bytes=20 if model.places > 1 else 12)
    contexts.prove()
    return contexts


class _Trial:
    """Listens to the first request."""

    loop: Loop

    def __init__(self) -> None:
        self.done = False

    def event(self, _number: int, event: Event) -> None:
        self.done = isinstance(event, Done)

    def failed(self, _number: int, error: VisionError) -> None:
        raise error

    def stopped(self, _number: int) -> None:
        raise EngineError("the first request was stopped")

    def need(self, _digest: str) -> None:
        self.loop.picture(_GREY)

    def alive(self) -> None:
        """Loading takes as long as it takes."""
