"""What the engine answers, with the real llama.cpp and the tiny weights."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from vision.engine import Engine
from vision.errors import PromptTooLong
from vision.request import Generation, Message, Request, Score

pytestmark = pytest.mark.asyncio(loop_scope="module")
THINGS = ("circle", "square", "star", "cross", "ring", "fire", "smoke", "car", "house", "cat")
WHERE = ("", " on the left", " on the right", " in the middle")
QUESTIONS = tuple(f"Answer yes or no: is there a {thing}{where}?" for where in WHERE for thing in THINGS)
LONG = Request(questions=tuple(f"Answer yes or no: is number {number} on the sign?" for number in range(4000)))


async def test_it_says_what_runs(engine: Engine) -> None:
    facts = engine.describe()
    assert (facts.model_file, facts.projector_file) == ("tiny.gguf", "tiny-mmproj.gguf")
    assert facts.context_tokens == 2048, "no more than the model was trained for, whatever is asked"
    assert engine.state == "ready"
    assert engine.pid


async def test_one_request_scores_and_answers(engine: Engine, shapes, hear) -> None:
    turn = Message("user", "Describe this picture.", shapes[:1])
    heard = await hear(engine.ask(Request((turn,), Generation(30), shapes[:1], QUESTIONS[:3])))
    assert sorted(heard.scores) == [0, 1, 2]
    assert all(0 <= score.p_yes <= 1 and 0 <= score.outside <= 1 for score in heard.scores.values())
    assert heard.text
    assert heard.done.usage.generated_tokens <= 30
    assert heard.done.timings.first_token_s > 0


async def test_the_same_is_answered_the_same_with_questions_or_without(engine: Engine, shapes, hear) -> None:
    turns = (Message("system", "Be brief."), Message("user", "What do you see?", shapes[:1]))
    alone = await hear(engine.ask(Request(turns, Generation(40))))
    await hear(engine.ask(Request((Message("user", "Hello"),), Generation(2))))
    again = await hear(engine.ask(Request(turns, Generation(40))))
    asked = await hear(engine.ask(Request(turns, Generation(40), shapes[:1], QUESTIONS)))
    assert alone.text == again.text == asked.text
    assert "".join(alone.deltas) == alone.text


async def test_a_question_alone_gets_the_p_it_gets_among_forty(engine: Engine, shapes, hear) -> None:
    among = await hear(engine.ask(Request(pictures=shapes[:1], questions=QUESTIONS)))
    assert sorted(among.scores) == list(range(len(QUESTIONS)))
    for number in (0, 7, 39):
        alone = await hear(engine.ask(Request(pictures=shapes[:1], questions=(QUESTIONS[number],))))
        assert alone.scores[0].p_yes == pytest.approx(among.scores[number].p_yes, abs=0.02)


async def test_more_questions_than_one_wave_takes_are_all_scored(engine: Engine, shapes, hear) -> None:
    heard = await hear(engine.ask(Request(pictures=shapes[:1], questions=QUESTIONS * 8)))
    assert sorted(heard.scores) == list(range(320))
    assert heard.scores[1].p_yes == pytest.approx(heard.scores[281].p_yes, abs=0.02)


async def test_a_question_longer_than_a_wave_is_scored(engine: Engine, shapes, hear) -> None:
    heard = await hear(engine.ask(Request(pictures=shapes[:1], questions=("x" * 700 + "?", "Is it?"))))
    assert sorted(heard.scores) == [0, 1]


async def test_two_pictures_are_both_seen_and_encoded_once(engine: Engine, shapes, hear) -> None:
    await hear(engine.ask(Request((Message("user", "Hello"),), Generation(1))))
    flipped = shapes[::-1]
    one, two, other = [
        await hear(engine.ask(Request(pictures=pictures, questions=QUESTIONS[:5])))
        for pictures in (shapes[:1], shapes, flipped)
    ]
    assert two.done.usage.prompt_tokens > one.done.usage.prompt_tokens + 60
    assert [score.outside for score in two.scores.values()] != [score.outside for score in other.scores.values()]
    assert other.done.usage.pictures_encoded == 0


async def test_a_follow_up_encodes_nothing(engine: Engine, shapes, hear) -> None:
    first = (Message("user", "Describe it.", shapes),)
    answer = await hear(engine.ask(Request(first, Generation(20))))
    turns = (*first, Message("assistant", answer.text), Message("user", "And the colour?"))
    assert (await hear(engine.ask(Request(turns, Generation(20))))).done.usage.pictures_encoded == 0


async def test_an_answer_ends_at_its_last_token(engine: Engine, hear) -> None:
    heard = await hear(engine.ask(Request((Message("user", "Count."),), Generation(1))))
    assert heard.done.usage.generated_tokens <= 1


async def test_chinese_comes_in_whole_characters(engine: Engine, shapes, hear) -> None:
    turn = Message("user", "请描述图片。", shapes[:1])
    for temperature in (0.0, 3.0):
        heard = await hear(engine.ask(Request((turn,), Generation(200, temperature))))
        assert "\ufffd" not in heard.text
        assert all(delta == delta.encode().decode() for delta in heard.deltas)


async def test_a_conversation_too_long_says_by_how_much(engine: Engine, hear) -> None:
    words, room = "a circle and " * 1500, Generation(10)
    with pytest.raises(PromptTooLong) as error:
        await hear(engine.ask(Request((Message("user", words),), room)))
    over = error.value.over
    assert over > 0
    shorter = words[: len(words) - 13 * over]
    assert (await hear(engine.ask(Request((Message("user", shorter),), room)))).done
    with pytest.raises(PromptTooLong):
        await hear(engine.ask(Request(questions=(words,))))


async def test_an_answer_ends_with_the_context(engine: Engine, hear) -> None:
    heard = await hear(engine.ask(Request((Message("user", "Talk."),), Generation(100_000, temperature=5.0))))
    assert heard.done.usage.prompt_tokens + heard.done.usage.generated_tokens <= 2048 + 1


async def test_an_empty_request_is_done(engine: Engine, hear) -> None:
    assert (await hear(engine.ask(Request()))).done.reason == "stop"


async def test_a_short_request_does_not_wait_for_a_long_one(engine: Engine, hear) -> None:
    async with aclosing(engine.ask(LONG)) as long:
        await anext(long)
        assert (await hear(engine.ask(Request((Message("user", "Hello"),), Generation(5))))).done
        assert isinstance(await anext(long), Score), "the long one goes on"


async def test_an_answer_that_nobody_reads_is_stopped(engine: Engine, hear, monkeypatch: pytest.MonkeyPatch) -> None:
    child = engine._child
    assert child
    receive, number, kinds = child.receive, engine._dispatch._last + 1, list[str]()

    async def listened():
        messages = await receive()
        kinds.extend(message.kind for message in messages if message.head.get("number") == number)
        return messages

    monkeypatch.setattr(child, "receive", listened)
    async with aclosing(engine.ask(LONG)) as events:
        assert isinstance(await anext(events), Score)
    heard = await hear(engine.ask(Request((Message("user", "Hello"),), Generation(3))))
    assert heard.done.usage.generated_tokens <= 3
    assert set(kinds) == {"score", "stopped"}
    assert kinds.count("stopped") == 1


async def test_a_cancelled_reader_frees_the_engine(engine: Engine, hear) -> None:
    events = engine.ask(LONG)
    await anext(events)
    reading, waiting = (asyncio.create_task(hear(asked)) for asked in (events, engine.ask(LONG)))
    await asyncio.sleep(0)
    for task in (waiting, reading):
        task.cancel()
    await asyncio.wait([reading, waiting])
    assert (await hear(engine.ask(Request((Message("user", "Hello"),), Generation(3))))).done
    assert engine.state == "ready"
