"""Prompt forms: how a system text, a picture and the turns of a conversation become one text for the model."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tiny.questions import Turn

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['content'] is string %}{% set text = message['content'] %}"
    "{% else %}{% set parts = namespace(text='') %}{% for part in message['content'] %}"
    "{% if part['type'] == 'text' %}{% set parts.text = parts.text + part['text'] %}"
    "{% else %}{% set parts.text = parts.text + '<__media__>\\n' %}{% endif %}"
    "{% endfor %}{% set text = parts.text %}{% endif %}"
    "{% if message['role'] == 'system' %}{{ text + ' ' }}"
    "{% elif message['role'] == 'user' %}{{ 'USER: ' + text }}"
    "{% else %}{{ ' ASSISTANT: ' + text + eos_token }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ ' ASSISTANT:' }}{% endif %}"
)


@dataclass(frozen=True)
class Form:
    """The text around the parts: `system` holds {system}; an answer is `lead` + answer + `stop`."""

    name: str
    system: str
    before_picture: str
    after_picture: str
    ask: str
    lead: str
    stop: str
    again: str

    def head(self, system: str | None) -> str:
        """Everything before the picture."""
        return (self.system.format(system=system) if system else "") + self.before_picture


VICUNA = Form("vicuna", "{system} ", "USER: ", "\n", " ASSISTANT:", " ", "</s>", "USER: ")
CHATML = Form(
    "chatml",
    "<|im_start|>system\n{system}<|im_end|>\n",
    "<|im_start|>user\n",
    "\n",
    "<|im_end|>\n<|im_start|>assistant\n",
    "",
    "<|im_end|>",
    "\n<|im_start|>user\n",
)
FORMS: tuple[tuple[Form, float], ...] = (
    (VICUNA, 0.36),
    (CHATML, 0.26),
    (Form("vicuna, system on its own line", "{system}\n", "USER: ", "\n", " ASSISTANT:", " ", "</s>", "USER: "), 0.1),
    (Form("vicuna, no line after the picture", "{system} ", "USER: ", "", " ASSISTANT:", " ", "</s>", "USER: "), 0.08),
    (Form("vicuna, lines", "{system}\n\n", "USER: ", "\n", "\nASSISTANT:", " ", "</s>", "\nUSER: "), 0.08),
    (Form("llama 2", "{system}\n\n", "[INST] ", "\n", " [/INST]", " ", "</s>", "[INST] "), 0.04),
    (Form("human", "{system}\n", "### Human: ", "\n", "\n### Assistant:", " ", "</s>", "\n### Human: "), 0.04),
    (Form("bare", "{system}\n", "", "\n", "\n", "", "</s>", "\n"), 0.04),
)

USUAL_SYSTEM = (
    "A chat between a curious human and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the human's questions."
)
SYSTEMS = (
    USUAL_SYSTEM,
    "You are a helpful assistant.",
    "You are a helpful assistant that looks at pictures.",
    "Answer briefly.",
    "Be brief and accurate.",
    "Answer in one sentence.",
    "You describe pictures for people who cannot see.",
    "You watch a street camera.",
    "Look carefully.",
    "Say only what you see.",
    "You are a fire warden.",
    "You are a guard.",
    "You are a strict safety inspector.",
    "Answer kindly.",
    "Describe for a child.",
    "Use short sentences.",
    "Tell us what changed.",
    "请友好地回答。",
    "你是安全员。",
    "Be kind.",
    "You look at photos that people send you and answer truthfully.",
    "你是一个有用的助手。",
    "请简短回答。",
    "请准确回答。",
    "你为看不见的人描述图片。",
    "请仔细看图。",
    "只说你看到的。",
)
TO_CHINESE = (
    "请用中文回答。",
    "Answer in Chinese.",
    "用中文回答",
    "用中文回答。",
    "Please answer in Chinese.",
    "Always answer in Chinese.",
    "请说中文。",
)
TO_ENGLISH = (
    "Answer in English.",
    "请用英文回答。",
    "Please answer in English.",
    "用英语回答。",
    "请用英语回答。",
    "Always answer in English.",
    "Speak English.",
)
DEMANDS = {"en": TO_ENGLISH, "zh": TO_CHINESE}
# A chat's own instruction as the bot tells it before the question, and some of those it offers.
LEADS = (
    "What follows goes before the question after it:\n",
    "请遵照下面的指令；只有当它没有提出任务时，才看最后一行：\n\n",
)
INSTRUCTIONS = (
    "Answer in one or two sentences that say what matters most.",
    "Say everything that is in it, with colours, positions and numbers, and what is going on.",
    "Count each kind of thing: one line for each, with its number.",
    "Answer with a caption for the picture and nothing else. Style: plain. Length: one sentence.",
    "Name the plant or animal. If there is neither, say so.",
    "用一两句话回答，只说最重要的。",
    "数一数每种东西：每种占一行，写出数量。",
)
FORWARDED = ('This came with the words "{}".', "附带的文字是“{}”。")
# fmt: off
CONTEXT_WORDS = (
    "Berlin", "Germany", "Paris", "France", "London", "Tokyo", "Japan", "Beijing", "China", "Shanghai", "Cairo",
    "Egypt", "Lima", "Peru", "Oslo", "Norway", "Rome", "Italy", "street", "road", "park", "station", "bridge",
    "market", "square", "north", "south", "east", "west", "river", "harbour", "school", "shop", "garden", "gate",
    "tower", "hill", "lake", "field", "morning", "evening", "camera", "front", "back", "yard", "kitchen", "office",
    "floor", "number", "building", "main", "old", "new",
)
# fmt: on
# fmt: off
CHINESE_CONTEXT = (
    "北京", "上海", "广州", "深圳", "德国", "柏林", "法国", "巴黎", "日本", "东京", "路", "街", "公园", "车站",
    "桥", "市场", "广场", "学校", "商店", "花园", "大门", "办公室", "一号", "三楼",
)
# fmt: on


def coordinates(rng: random.Random) -> str:
    digits = rng.choice((4, 4, 5, 6, 2))
    return f"{rng.uniform(-70, 70):.{digits}f}, {rng.uniform(-180, 180):.{digits}f}"


def place_words(rng: random.Random) -> str:
    """A made-up place: common words and invented names, as map services return them."""
    parts = []
    for _ in range(rng.randint(1, 3)):
        word = rng.choice(CONTEXT_WORDS)
        if rng.random() < 0.4:
            word = "".join(rng.choice("abcdefghiklmnoprstuvwz") for _ in range(rng.randint(4, 8)))
        parts.append(word.capitalize() + (f" {rng.randint(1, 199)}" if rng.random() < 0.2 else ""))
    return ", ".join(parts)


def context_line(rng: random.Random) -> str:
    """What a bot tells the model about where and when the photo was taken."""
    chance = rng.random()
    if chance < 0.12:
        return f"The photo was taken at {place_words(rng)}."
    if chance < 0.5:
        lead = rng.choice(
            ("The photo was taken at", "This photo was taken at", "The photo was taken near", "Place:", "Taken at")
        )
        return f"{lead} {place_words(rng)} ({coordinates(rng)})."
    if chance < 0.65:
        return f"The photo was taken at {coordinates(rng)}."
    place = "".join(rng.choice(CHINESE_CONTEXT) for _ in range(rng.randint(1, 3)))
    if chance < 0.9:
        lead = rng.choice(("这张照片拍摄于", "照片拍摄于", "拍摄地点:", "拍摄地点\uff1a", "这张照片拍摄地点是"))
        where = rng.choice((place, place, place_words(rng)))
        return f"{lead}{where}。" if rng.random() < 0.3 else f"{lead}{where}({coordinates(rng)})。"
    clock, day = f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}", f"{rng.randint(1, 28)}.{rng.randint(1, 12)}"
    return f"It is {clock} on {day}.{rng.randint(2000, 2040)}."


def random_system(rng: random.Random) -> str | None:
    """A system text: none, a usual one, a chat's own instruction, a line of context, or several of these."""
    if rng.random() < 0.3:
        return None
    lines = [rng.choice(SYSTEMS)] if rng.random() < 0.8 else []
    if rng.random() < 0.35:
        lines.append(context_line(rng))
    if rng.random() < 0.1:
        lines.append(place_words(rng) + ".")
    return rng.choice((" ", "\n", "\n\n")).join(lines) or None


def told_first(rng: random.Random, demand: str | None) -> str:
    """What stands between the picture and the first question: a chat's instruction, a place, or nothing.

    `demand` is an instruction that has to be among it.
    """
    lines = [demand] if demand else []
    if rng.random() < (0.5 if demand else 0.08):
        lines.insert(rng.randint(0, len(lines)), rng.choice(rng.choice((SYSTEMS, INSTRUCTIONS))))
    joined = [rng.choice(("", "", *LEADS)) + " ".join(lines)] if lines else []
    if rng.random() < 0.08:
        joined.append(context_line(rng))
    if rng.random() < 0.02:
        joined.append(rng.choice(FORWARDED).format(rng.choice((place_words(rng), *CHINESE_CONTEXT))))
    return "\n".join(joined) + rng.choice(("\n\n", "\n\n", "\n")) if joined else ""


def random_form(rng: random.Random) -> Form:
    return rng.choices([form for form, _ in FORMS], [weight for _, weight in FORMS])[0]


@dataclass(frozen=True)
class Piece:
    """A stretch of the text after the picture; answers are what the model has to learn to say."""

    text: str
    is_answer: bool


def conversation(form: Form, turns: Sequence[Turn], context: str = "") -> list[Piece]:
    """The text after the picture, in pieces that tokenise the same apart and together.

    `context` stands before the first question.
    """
    pieces = []
    for number, turn in enumerate(turns):
        before = form.after_picture + context if number == 0 else form.again
        pieces.append(Piece(before + turn.question + form.ask, False))
        pieces.append(Piece(form.lead + turn.answer + form.stop, True))
    return pieces


def prompt(form: Form, turns: Sequence[Turn], question: str, context: str = "") -> str:
    """The text after the picture up to where the model has to answer `question`; `turns` are the earlier ones."""
    said = "".join(piece.text for piece in conversation(form, turns, context))
    return said + (form.again if turns else form.after_picture + context) + question + form.ask
