"""How long an instruction may be. The backend counts characters for tokens."""

from collections.abc import AsyncGenerator

import pytest

from lookout.room import ALWAYS_FITS, longest_instruction
from vision.errors import EngineDown, PromptTooLong
from vision.request import Done, Event, Request, Timings, Usage

DONE = Done("length", Usage(0, 0, 0, 0), Timings(0, 0, 0, 0, 0))


class Counting:
    """A backend whose context has so many characters; it only counts."""

    def __init__(self, context: int) -> None:
        self.context = context
        self.asked = 0

    async def ask(self, request: Request) -> AsyncGenerator[Event, None]:
        self.asked += 1
        assert request.generate
        assert request.generate.max_tokens == 0
        [message] = request.conversation
        if len(message.text) > self.context:
            raise PromptTooLong(len(message.text) - self.context)
        yield DONE


class Down:
    """A backend that does not run."""

    async def ask(self, request: Request) -> AsyncGenerator[Event, None]:
        if request.conversation:
            raise EngineDown("the model is not running")
        yield DONE


@pytest.mark.parametrize(("length", "most"), [(499, 499), (500, 499), (4000, 499), (0, 0)])
async def test_an_instruction_may_take_half_of_the_context(length, most):
    assert await longest_instruction("x" * length, Counting(999)) == most


async def test_a_short_one_is_not_even_counted():
    backend = Counting(10)
    assert await longest_instruction("x" * ALWAYS_FITS, backend) == ALWAYS_FITS
    assert backend.asked == 0


async def test_a_model_that_does_not_run_refuses_nothing():
    assert await longest_instruction("x" * 4000, Down()) == 4000
