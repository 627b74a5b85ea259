"""Setting the webhook of a watch: its secret is told once and alone, and a first call shows that it works."""

import re

import pytest

from sandbox.driver import Driver, text_of


@pytest.fixture
def anywhere(settings):
    return settings.model_copy(update={"webhooks": "any"})


async def watched(person):
    await person.say("/watch fire")
    await person.reply()


async def webhooks(bot, chat=101):
    async with bot.store.read() as records:
        return [(watch.webhook, watch.secret) for watch in await records.watches.of_chat(chat)]


def secret_in(message):
    return re.findall(r"whsec_\S+", text_of(message))[0]


async def test_a_webhook_is_set_shown_by_its_host_called_and_taken_off(anywhere, running, receiver):
    async with running(anywhere) as bot, Driver(bot.page) as ada:
        await watched(ada)
        await ada.say(f"/watches 1 to {receiver.url}")
        secret = secret_in(await ada.reply())
        page = await ada.reply()
        assert "this chat, 127.0.0.1" in text_of(page)
        assert "hook" not in text_of(page)
        call = await receiver.until_called(1)
        assert call.is_signed_with(secret)
        assert (call.notice["type"], call.notice["data"]["condition"]) == ("watch.test", "fire")
        assert await webhooks(bot) == [(receiver.url, secret)]
        await ada.say("/watches 1 to off")
        assert "127.0.0.1" not in text_of(await ada.reply())
        assert await webhooks(bot) == [(None, None)]


async def test_in_a_group_the_secret_is_told_to_its_admin_alone(anywhere, running, receiver):
    async with running(anywhere) as bot, Driver(bot.page) as ada:
        group = await ada.group("Neighbours", 102)
        await watched(group)
        await ada.block()
        await group.say(f"/watches 1 to {receiver.url}")
        assert "Open a chat with me, @lookout_bot" in text_of(await group.reply())
        assert await webhooks(bot, group.chat) == [(None, None)]
        await ada.block(blocked=False)
        await group.say(f"/watches 1 to {receiver.url}")
        assert "this chat, 127.0.0.1" in text_of(await group.reply())
        secret = secret_in(await ada.wait_for(lambda message: "whsec_" in text_of(message)))
        assert (await receiver.until_called(1)).is_signed_with(secret)
        assert [message for message in await group.messages() if "whsec_" in text_of(message)] == []


async def test_no_watch_calls_into_a_network_that_is_not_public(ada, bot, receiver):
    await watched(ada)
    for url, said in (
        (receiver.url.replace("http:", "https:"), "private network"),
        ("https://[::ffff:10.0.0.1]/", "private network"),
        ("https://localhost/hook", "private network"),
        (receiver.url, "https addresses only"),
        ("https://ada:secret@example.org/", "name or a password"),
        ("https://0x7f000001/", "can't read this as an address"),
        ("ftp://example.org/", "can't read this as an address"),
    ):
        await ada.say(f"/watches 1 to {url}")
        assert said in text_of(await ada.reply()), url
    assert await webhooks(bot) == [(None, None)]
    assert receiver.calls == []
