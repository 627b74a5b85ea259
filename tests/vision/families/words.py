"""Vocabularies of a few hundred tokens, in the two kinds that models come with: SentencePiece and byte-level BPE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import gguf

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6
PRINTABLE = [chr(code) for code in range(33, 127)]
WORDS = ("yes", "Yes", "no", "No", "the", "is", "there", "red", "circle", "answer", "or")
CHINESE = ("是", "否", "有", "没有")


@dataclass
class Words:
    """A vocabulary in the making. `spoken` are the tokens that a model may well write: plain, printable text."""

    kind: str
    pre: str
    begin: str | None
    end: str
    begins: bool = False
    space_first: bool = False
    texts: list[str] = field(default_factory=list)
    types: list[int] = field(default_factory=list)
    merges: list[str] = field(default_factory=list)
    spoken: list[int] = field(default_factory=list)

    def add(self, text: str, kind: int = NORMAL, *, spoken: bool = False) -> None:
        """One more token, unless it is there."""
        if text in self.texts:
            return
        if spoken:
            self.spoken.append(len(self.texts))
        self.texts.append(text)
        self.types.append(kind)

    def write(self, writer: gguf.GGUFWriter) -> None:
        """Into the head of a model's file."""
        writer.add_tokenizer_model(self.kind)
        writer.add_tokenizer_pre(self.pre)
        writer.add_token_list(self.texts)
        writer.add_token_types(self.types)
        if self.kind == "llama":
            writer.add_token_scores([float(len(text)) if kind == NORMAL else 0.0 for text, kind in self._tokens()])
            writer.add_unk_token_id(0)
        else:
            writer.add_token_merges(self.merges)
        if self.begin:
            writer.add_bos_token_id(self.texts.index(self.begin))
        writer.add_eos_token_id(self.texts.index(self.end))
        writer.add_add_bos_token(self.begins)
        writer.add_add_space_prefix(self.space_first)

    def _tokens(self) -> list[tuple[str, int]]:
        return list(zip(self.texts, self.types, strict=True))


def sentence_pieces(
    begin: str, end: str, controls: Sequence[str] = (), user_defined: Sequence[str] = (), *, space_first: bool
) -> Words:
    """As Llama 2's and Gemma's: whole characters, words by their score, and bytes for everything else."""
    words = Words("llama", "default", begin, end, begins=True, space_first=space_first)
    words.add("<unk>", UNKNOWN)
    for control in (begin, end, *controls):
        words.add(control, CONTROL)
    for text in user_defined:
        words.add(text, USER_DEFINED)
    for byte in range(256):
        words.add(f"<0x{byte:02X}>", BYTE)
    words.add("▁")
    for letter in PRINTABLE:
        words.add(letter, spoken=True)
    for word in WORDS:
        for whole in (word, "▁" + word):
            for length in range(2, len(whole) + 1):
                words.add(whole[:length], spoken=True)
    for word in CHINESE:
        for length in range(1, len(word) + 1):
            words.add(word[:length], spoken=True)
    return words


def byte_pairs(
    pre: str, begin: str | None, end: str, controls: Sequence[str], user_defined: Sequence[str] = (), *, begins: bool
) -> Words:
    """As Qwen's, Mistral's newer and SmolLM's: bytes, merged by rules; control tokens come last."""
    words = Words("gpt2", pre, begin, end, begins=begins)
    letters = _byte_letters()
    for byte in range(256):
        words.add(letters[byte], spoken=chr(byte) in PRINTABLE)
    for word in (*WORDS, *(" " + word for word in WORDS), *CHINESE, "\n\n"):
        _add_merged(
            words, "".join(letters[byte] for byte in word.encode()), spoken=word.isascii() and word.strip() != ""
        )
    for control in dict.fromkeys([*([begin] if begin else []), end, *controls]):
        words.add(control, CONTROL)
    for text in user_defined:
        words.add(text, USER_DEFINED)
    return words


def _add_merged(words: Words, spelled: str, *, spoken: bool) -> None:
    """A word and all that it begins with, merged from left to right."""
    for length in range(2, len(spelled) + 1):
        merge = f"{spelled[: length - 1]} {spelled[length - 1]}"
        if merge not in words.merges:
            words.merges.append(merge)
        words.add(spelled[:length], spoken=spoken)


def _byte_letters() -> dict[int, str]:
    """The printable character that stands for each byte in byte-level BPE (Radford et al., GPT-2)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {byte: chr(byte) for byte in plain} | {byte: chr(256 + n) for n, byte in enumerate(others)}
