"""Transactions: all or nothing, one writer, readers beside it; and what opening does."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC

import pytest
import sqlalchemy as sa
from sqlalchemy import make_url

from bench.postgresql import PostgreSQL
from storage import sqlite
from storage.errors import Conflict, SchemaTooNew, StorageDamaged, StorageDown, StorageError
from storage.records import Reply
from storage.store import Store


async def prompt(store: Store, chat: int = 1) -> str | None:
    async with store.read() as records:
        return (await records.chats.get(chat)).prompt


async def test_an_exception_undoes_the_whole_transaction(store):
    async def stumble() -> None:
        async with store.write() as records:
            await records.chats.set(1, prompt="half done")
            await records.outbox.add(1, [Reply(1, "text", "half said")])
            raise KeyError

    with pytest.raises(KeyError):
        await stumble()
    assert await prompt(store) is None
    async with store.write() as records:
        assert await records.outbox.take() is None


async def test_a_refused_row_undoes_the_whole_transaction(store):
    async def refer_to_nothing() -> None:
        async with store.write() as records:
            await records.chats.set(1, prompt="half done")
            await records.outbox.add(1, [Reply(1, "text", sighting=99)])

    with pytest.raises(Conflict):
        await refer_to_nothing()
    assert await prompt(store) is None


async def test_a_cancelled_writer_leaves_nothing_and_lets_the_next_one_in(store):
    wrote = asyncio.Event()

    async def write_and_wait() -> None:
        async with store.write() as records:
            await records.chats.set(1, prompt="half done")
            wrote.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_and_wait())
    await wrote.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await prompt(store) is None
    async with store.write() as records:
        await records.chats.set(1, prompt="next")
    assert await prompt(store) == "next"


async def test_writers_cancelled_at_any_moment_leave_the_store_usable(store):
    async def write(number: int) -> None:
        async with store.write() as records:
            await records.chats.set(number, prompt="a")
            await records.chats.set(-number, prompt="b")

    for steps in range(40):
        task = asyncio.create_task(write(steps + 1))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert await prompt(store, steps + 1) == ((await prompt(store, -steps - 1)) and "a")
    await write(99)
    assert await prompt(store, -99) == "b"


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_writers_take_turns_and_no_change_is_lost(store):
    async def count_up() -> None:
        async with store.write() as records:
            before = (await records.chats.get(1)).prompt or "0"
            await records.chats.set(1, prompt=str(int(before) + 1))

    async def look() -> int:
        return int(await prompt(store) or "0")

    async with asyncio.TaskGroup() as group:
        for _ in range(40):
            group.create_task(count_up())
            group.create_task(look())
    assert await look() == 40


async def test_a_reader_sees_one_moment_and_does_not_wait_for_the_writer(store):
    async with store.read() as before:
        assert (await before.chats.get(1)).prompt is None
        async with store.write() as records:
            await records.chats.set(1, prompt="new")
            assert await prompt(store) is None
        assert (await before.chats.get(1)).prompt is None
        assert await prompt(store) == "new"


async def test_a_reader_cannot_write(store):
    with pytest.raises(StorageError):
        async with store.read() as records:
            await records.chats.set(1, prompt="x")


async def test_a_writer_inside_a_writer_is_told_instead_of_waiting_for_itself(store):
    async with store.write() as records:
        with pytest.raises(RuntimeError, match="inside"):
            async with store.write():
                pass
        await records.chats.set(1, prompt="goes on")
    assert await prompt(store) == "goes on"


async def test_a_cancelled_writer_holds_nobody_up_while_its_error_is_held(store):
    async def write(number: int) -> None:
        async with store.write() as records:
            await records.chats.set(number, prompt="a")
            await records.chats.set(-number, prompt="b")

    errors: list[object] = []
    for steps in range(40):
        tasks = [asyncio.create_task(write(number)) for number in range(4)]
        await asyncio.sleep(steps / 10_000)
        for task in tasks:
            task.cancel()
        errors += await asyncio.gather(*tasks, return_exceptions=True)
        async with asyncio.timeout(30):
            await write(99)
    assert any(isinstance(error, asyncio.CancelledError) for error in errors)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
async def test_writers_go_on_side_by_side_where_the_database_can(store):
    async def meet(number: int, meeting: asyncio.Barrier) -> None:
        async with store.write() as records:
            await records.chats.set(number, prompt="here")
            await meeting.wait()

    meeting = asyncio.Barrier(4)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(meet(number, meeting))
    assert [await prompt(store, number) for number in range(4)] == ["here"] * 4


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_commits_are_durable_and_links_are_checked(store):
    async with store._database.write() as connection:
        found = {
            name: (await connection.execute(sa.text(f"PRAGMA {name}"))).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


async def test_what_was_kept_is_there_after_opening_again(url, pictures):
    async with Store.open(url, pictures) as store, store.write() as records:
        await records.chats.set(1, prompt="stay")
        digest = await store.files.put(b"x", ".jpg")
    async with Store.open(url, pictures) as store:
        assert await prompt(store) == "stay"
        assert await store.files.get(digest) == b"x"


async def test_a_clock_is_not_needed(url, pictures):
    async with Store.open(url, pictures) as store, store.write() as records:
        await records.outbox.add(1, [Reply(1, "text", "now")])
        since = await records.outbox.oldest()
    assert since
    assert since.tzinfo is UTC


@pytest.mark.parametrize(
    "url",
    [
        "",
        "lookout.db",
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://u:secret@h/d",
        "postgresql://u:secret@h",
        "postgresql://u:secret@h:5432x/d",
    ],
)
async def test_an_address_of_another_kind_is_one_clear_error(url, pictures):
    with pytest.raises(StorageError, match=r"sqlite:///.* or postgresql://") as caught:
        async with Store.open(url, pictures):
            pass
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_database_of_a_newer_program_is_left_alone(kind, request, tmp_path, pictures):
    url = f"sqlite:///{tmp_path}/lookout.db" if kind == "sqlite" else request.getfixturevalue("postgresql").new()
    async with Store.open(url, pictures) as store, store._database.write() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNew, match="newer Lookout"):
        async with Store.open(url, pictures):
            pass


async def test_a_file_that_is_no_database_is_one_clear_error(tmp_path, pictures):
    file = tmp_path / "lookout.db"
    file.write_bytes(b"This is a shopping list, and a long one at that. " * 100)
    with pytest.raises(StorageDamaged, match="backup"):
        async with Store.open(f"sqlite:///{file}", pictures):
            pass


async def test_a_damaged_database_is_one_clear_error(file, pictures):
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(StorageDamaged):
        async with Store.open(f"sqlite:///{file}", pictures):
            pass


async def test_a_server_that_is_not_there_is_down_for_now(tmp_path, pictures):
    for host in (tmp_path, "127.0.0.1&port=9"):
        with pytest.raises(StorageDown):
            async with Store.open(f"postgresql://user:secret@/database?host={host}", pictures):
                pass


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
async def test_a_server_that_takes_no_writes_for_a_while_is_down_until_it_does(url, pictures, postgresql: PostgreSQL):
    """A standby, or one whose disk is nearly full: connections made meanwhile would stay so."""
    change = f"ALTER DATABASE {make_url(url).database}"
    async with Store.open(url, pictures) as store:
        postgresql.ask(f"{change} SET default_transaction_read_only = on")
        try:
            postgresql.cut(url)
            for _ in range(2):
                with pytest.raises(StorageDown):
                    await store.probe()
        finally:
            postgresql.ask(f"{change} RESET default_transaction_read_only")
        await store.probe()


async def test_a_database_where_there_can_be_none_is_one_clear_error(tmp_path, pictures):
    (tmp_path / "file").write_text("not a folder")
    for path in (tmp_path, tmp_path / "file" / "lookout.db"):
        with pytest.raises(StorageDown):
            async with Store.open(f"sqlite:///{path}", pictures):
                pass


async def test_a_database_that_another_process_holds_is_down_for_now(file, pictures, monkeypatch):
    monkeypatch.setitem(sqlite._SETTINGS["connect_args"], "timeout", 0)
    async with Store.open(f"sqlite:///{file}", pictures) as store:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageDown, match="BUSY"):
            async with store.write():
                pass
        assert await prompt(store) is None
        other.close()
        async with store.write() as records:
            await records.chats.set(1, prompt="back again")


async def test_errors_do_not_repeat_what_people_wrote(store):
    with pytest.raises(Conflict) as caught:
        async with store.write() as records:
            await records.outbox.add(1, [Reply(1, "text", "my secret", sighting=99)])
    assert "my secret" not in f"{caught.value!r} {caught.value.__cause__}"


async def test_the_log_does_not_repeat_what_people_wrote(url, pictures, caplog):
    caplog.set_level("DEBUG")
    async with Store.open(url, pictures) as store, store.write() as records:
        await records.chats.set(1, prompt="my secret")
    assert "my secret" not in caplog.text
