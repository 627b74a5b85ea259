"""Learns the vocabulary from the questions and answers of the drawn world."""

from __future__ import annotations

import random

from tiny import words
from tiny.forms import CHINESE_CONTEXT, SYSTEMS, TO_CHINESE, TO_ENGLISH
from tiny.questions import ASKERS, casual
from tiny.series import series_turn
from tiny.tokenizer import Tokenizer, learn
from tiny.world.chance import stream
from tiny.world.scene import random_scene

COMMON_CHARACTERS = (
    "的一是不了人我在有他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后"
    "小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长"
    "知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最"
    "间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市"
    "眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表原车白应路期叫死常提感金何更反合放做系计"
    "或司利受光王果亲界及今京务制解各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交爱让"
    "认算论百吃义科怎元社术结六功指思非流每青管夫连远资队跟带花快条院变联权往展该领传近留红治决周保达办运"
    "武半候七必城父强步完革深区即求品士转量空甚众技轻程告江语英基派满式李息写呢识极令黄德收脸钱党倒未持取"
    "设始版双历越史商千片容研像找友孩站广改议形委早房音火际则首单据导影失拿网香似斯专石若兵弟谁校读志飞观"
    "争究包组造"
)
MERGES = 470
WIDE = 520  # Chinese characters and marks: those of the questions, then the first of the common ones
FIRST_WIDE = "\u3001"
SINGLE = ("yes", " yes", "no", " no", "是", " 是", "否", " 否")


def corpus(rng: random.Random, scenes: int = 700) -> list[str]:
    """Texts in the proportion in which they are asked and answered."""
    texts = [*SYSTEMS, *TO_CHINESE, *TO_ENGLISH] * 3
    for _ in range(scenes):
        scene, other = random_scene(rng), random_scene(rng)
        for language in words.LANGUAGES:
            turns = [asker(rng, scene, language, language) for asker in ASKERS.values()]
            for turn in [casual(rng, turn) for turn in (*turns, series_turn(rng, (scene, other), language, language))]:
                texts += [f"\n{turn.question} ASSISTANT:", f" {turn.answer}", turn.answer, f" {turn.question}"]
    return texts


def keeps_colours_apart(piece: str) -> bool:
    """Whether a merge leaves a Chinese colour its own token: one token for each colour is learnt sooner than many."""
    if piece.startswith("色"):
        return False
    return (len(piece) == 2 and piece[1] == "色") or not any(colour in piece for colour in "红橙黄绿蓝紫白黑")


def learn_vocabulary(seed: int = 1) -> Tokenizer:
    """The same seed gives the same vocabulary."""
    texts = corpus(stream(seed))
    said = {character for text in texts for character in text if character >= FIRST_WIDE}
    said |= set("".join(CHINESE_CONTEXT))
    ordinary = {chr(code) for code in range(33, 127)}
    further = list(dict.fromkeys(COMMON_CHARACTERS))[: WIDE - len(said)]
    tokenizer = learn(texts, ordinary | said | set(further), MERGES, keeps_colours_apart)
    long = [text for text in SINGLE if len(tokenizer.encode(text)) != 1]
    if long:
        raise ValueError(f"not one token each: {long}")
    return tokenizer
