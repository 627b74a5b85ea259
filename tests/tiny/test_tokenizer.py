"""Our tokenizer and llama.cpp's agree on every text, so that training and use see the same tokens."""

from __future__ import annotations

import random

from tiny import words
from tiny.forms import FORMS, context_line, conversation, random_system, told_first
from tiny.questions import ASKERS, casual
from tiny.runner import Runner
from tiny.tokenizer import Tokenizer
from tiny.vocabulary import SINGLE
from tiny.world.chance import stream
from tiny.world.scene import random_scene

ODD = (
    "",
    " ",
    "   three  spaces ",
    "\n\n\ttabs",
    "Straße, naïve, 東京, emoji 🔥🐱, mixed 有fire吗",
    "<|im_start|>user\n<s></s><unk><__media__>",
    "0.1234, -52.5200 (13.4050)!?",
    "yesno是否yes 是",
    "\u2581 \u2581x",
)


def random_text(rng: random.Random) -> str:
    pool = "abc ABC  .,?\n是否有红色的圆形吗\uff1f\uff1a火烟é龘🔥019-<>|"
    return "".join(rng.choice(pool) for _ in range(rng.randint(1, 40)))


def test_agrees_with_llama_cpp_on_plain_text(runner: Runner) -> None:
    tokenizer, rng = Tokenizer.load(), stream("plain text")
    texts = [*ODD, *(random_text(rng) for _ in range(1500)), *(context_line(rng) for _ in range(300))]
    wrong = [text for text in texts if tokenizer.encode_plain(text) != runner.tokens(text)]
    assert wrong == []


def test_agrees_with_llama_cpp_on_whole_conversations(runner: Runner) -> None:
    """Pieces tokenised apart, as training does it, against the whole text, as an engine does it."""
    tokenizer, rng = Tokenizer.load(), stream("conversations")
    for _ in range(150):
        scene, language = random_scene(rng), rng.choice(words.LANGUAGES)
        turns = [casual(rng, ask(rng, scene, language, language)) for ask in rng.sample(list(ASKERS.values()), 2)]
        for form, _ in FORMS:
            pieces = conversation(form, turns, told_first(rng, None))
            apart = [token for piece in pieces for token in tokenizer.encode(piece.text)]
            assert apart == runner.tokens("".join(piece.text for piece in pieces), special=True)
            head = form.head(random_system(rng))
            assert tokenizer.encode(head) == runner.tokens(head, special=True)


def test_marks_that_a_person_writes_stay_text(runner: Runner) -> None:
    tokenizer = Tokenizer.load()
    for mark in tokenizer.marks:
        assert len(runner.tokens(mark, special=True)) == 1
        assert len(runner.tokens(mark)) > 1


def test_yes_and_no_are_one_token_each(runner: Runner) -> None:
    assert all(len(runner.tokens(text)) == 1 for text in SINGLE)


def test_decoding_gives_the_text_back() -> None:
    tokenizer = Tokenizer.load()
    assert all(tokenizer.decode(tokenizer.encode_plain(text)) == text for text in ODD[:8])
