"""Answers as voice notes."""

from io import BytesIO

import av

from sandbox.driver import text_of


async def test_an_answer_is_spoken_when_the_chat_likes_that(ada, cat):
    await ada.say("/voice on")
    assert "on" in text_of(await ada.reply())
    await ada.send_photo(cat)
    assert "cat" in text_of(await ada.reply())
    note = (await ada.wait_for(lambda message: "voice" in message))["voice"]
    with av.open(BytesIO(await ada.file(note["file_id"]))) as sound:
        assert sound.streams.audio[0].codec_context.name in {"opus", "libopus"}
        samples = sum(frame.samples for frame in sound.decode(audio=0))
    assert abs(samples / 48_000 - note["duration"]) < 1


async def test_voice_can_be_turned_off_and_asked_about(ada, cat):
    for words, state in [("/voice", "off"), ("/voice on", "on"), ("/voice nonsense", "on"), ("/voice off", "off")]:
        await ada.say(words)
        assert f"Voice notes are {state}" in text_of(await ada.reply())
    await ada.send_photo(cat)
    await ada.reply()
    await ada.say("/help")
    assert "voice" not in await ada.reply()
    ming = ada.as_person(102)
    for words, state in [("/voice 打开", "开启"), ("/voice 关闭", "关闭"), ("/voice 开", "开启"), ("/voice关", "关闭")]:
        await ming.say(words)
        assert f"语音已{state}" in text_of(await ming.reply())
