"""A chat's own presets, and instructions that are only proposed."""

from storage.proposals import MOST


async def test_a_preset_is_kept_under_its_name_whatever_its_case(store):
    async with store.write() as records:
        first = await records.presets.save(1, "Straße", "house numbers")
        again = await records.presets.save(1, "STRASSE", "signs")
        assert (again.id, again.name) == (first.id, "STRASSE")
        await records.presets.save(2, "Straße", "another chat's")
    async with store.read() as records:
        assert [preset.text for preset in await records.presets.of_chat(1)] == ["signs"]


async def test_a_preset_is_there_for_its_own_chat_until_it_is_removed(store):
    async with store.write() as records:
        preset = await records.presets.save(1, "Lab", "labels")
        assert await records.presets.get(1, preset.id) == preset
        assert await records.presets.get(2, preset.id) is None
        assert await records.presets.remove(2, preset.id) is None
        assert await records.presets.remove(1, preset.id) == preset
        assert await records.presets.remove(1, preset.id) is None


async def test_a_message_proposes_once_and_a_proposal_is_taken_once(store):
    async with store.write() as records:
        first = await records.proposals.add(1, "in rhymes", message_id=7)
        assert await records.proposals.add(1, "in rhymes", message_id=7) == first
        assert await records.proposals.get(2, first.id) is None
        assert await records.proposals.remove(2, first.id) is None
        assert await records.proposals.remove(1, first.id) == first
        assert await records.proposals.remove(1, first.id) is None


async def test_a_chat_forgets_its_oldest_proposals(store):
    async with store.write() as records:
        other = await records.proposals.add(2, "x", message_id=1)
        made = [await records.proposals.add(1, str(number), message_id=number) for number in range(MOST + 2)]
        left = [await records.proposals.get(1, proposal.id) for proposal in made]
        assert left == [None, None, *made[2:]]
        assert await records.proposals.get(2, other.id) == other
