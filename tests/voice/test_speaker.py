from __future__ import annotations

import subprocess
import sys

import pytest

from voice.errors import VoiceError
from voice.espeak import EspeakSpeaker
from voice.google import GoogleSpeaker
from voice.speaker import speaker


@pytest.mark.parametrize(("engine", "kind"), [("espeak", EspeakSpeaker), ("google", GoogleSpeaker)])
async def test_the_operator_chooses_the_engine(engine: str, kind: type) -> None:
    async with speaker(engine) as chosen:  # type: ignore[arg-type]
        assert isinstance(chosen, kind)


def test_every_error_has_a_code_of_its_own() -> None:
    errors: list[type[VoiceError]] = [VoiceError, *VoiceError.__subclasses__()]
    assert len({error.code for error in errors}) == len(errors) > 1


def test_the_engines_process_imports_nothing_of_ours_nor_anything_heavy() -> None:
    code = "import sys, voice.espeak_process; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "av", "requests", "structlog", "voice.espeak", "asyncio"} & set(loaded)
