"""Labels ranked, and what is known of each alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from lookout.rank import rank
from vision.picture import picture_from_rgb
from vision.request import Event, Ranking, Request, Score


class Script:
    """Prefers the second label, and sees the third when it is asked about each alone."""

    async def ask(self, request: Request) -> AsyncGenerator[Event, None]:
        assert request.choices[0].labels == ("a", "b", "c")
        for number in range(len(request.questions)):
            yield Score(number, 0.9 if number == 2 else 0.1, 0.0)
        yield Ranking(0, (-3.0, -1.0, -2.0), (0.1, 0.6, 0.3))


async def test_the_likeliest_comes_first_and_what_is_seen_alone_is_told():
    ranked = await rank(picture_from_rgb(1, 1, bytes(3)), ("a", "b", "c"), "en", Script())
    assert ranked.shares == (("b", 0.6), ("c", 0.3), ("a", 0.1))
    assert ranked.there == ("c",)
