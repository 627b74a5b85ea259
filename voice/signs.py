"""Signs that a voice passes over in silence, in what it reads aloud: "-5 °C" would be 5, and $5 as good as €5."""

import re
import unicodedata

from voice.languages import candidates

_NUMBER = r"\d+(?:[.,]\d+)*"
_WIDE = "％＋－＝＆＄＠＃／＜＞～￥￡℃℉"
_LETTERS = map(chr, (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)))
_NARROW = {ord(each): unicodedata.normalize("NFKC", each) for each in (*_WIDE, *_LETTERS)}
_CIRCLED = {0x245F + number: f" {number} " for number in range(1, 21)}
_TABLE = _NARROW | _CIRCLED | {ord("−"): "-", ord("〜"): "~"}

_MONEY = {"$": "美元", "¥": "元", "€": "欧元", "£": "英镑"}
_AMOUNT = re.compile(rf"([{''.join(_MONEY)}])\s?({_NUMBER}(?:[万亿千百]*))(?:[美欧]?元|英镑)?")  # "¥5元" is five yuan
_CHINESE = tuple(
    (re.compile(sign), word)
    for sign, word in (
        (r"°\s?C(?![A-Za-z])", "摄氏度"),
        (r"°\s?F(?![A-Za-z])", "华氏度"),
        (r"°", "度"),
        (r"㎡", "平方米"),
        (r"(?<=\d)\s?×\s?(?=\d)", "乘"),
        (r"÷", "除以"),
        (r"≥", "大于等于"),
        (r"≤", "小于等于"),
        (r"<\s?(?=\d)", "小于"),
        (r">\s?(?=\d)", "大于"),
        (r"(?<=\d)\s?[~–—]\s?(?=\d)", "到"),
        (r"(?<![\d-])(\d+(?:\.\d+)?)-(?=\d+(?:\.\d+)?\s?[个只人辆条张米岁年月日天小分秒度元%摄])", r"\1到"),
        (r"(?<![A-Za-z\d-])-(?=\d+(?:\.\d+)?\s?[摄华度%])|(?<![\w-])-(?=\d)", "负"),
    )
)


def narrow(text: str) -> str:
    """The text with the signs and letters of a keyboard in place of those that are as wide as a Chinese character."""
    return text.translate(_TABLE)


def worded(text: str, language: str) -> str:
    """The text with words in place of what the voice for the language would leave out; eSpeak's Chinese leaves most."""
    if "zh" not in candidates(language):
        return text
    text = _AMOUNT.sub(lambda found: found[2] + _MONEY[found[1]], text)
    for sign, word in _CHINESE:
        text = sign.sub(word, text)
    return text
