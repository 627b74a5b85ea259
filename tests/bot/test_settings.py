"""Settings come from the environment; each is documented with its default."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.errors import BadSettings
from bot.settings import Settings, read_settings

ROOT = Path(__file__).parents[2]
EXAMPLE = dict(
    line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if line and not line.startswith("#")
)


def test_every_setting_stands_in_the_example_and_nothing_else_does():
    assert set(EXAMPLE) == {name.upper() for name in Settings.model_fields}


def test_the_example_shows_the_defaults(tmp_path):
    (tmp_path / ".env").write_text((ROOT / ".env.example").read_text())
    assert read_settings() == Settings(_env_file=None)
    for name, field in Settings.model_fields.items():
        assert EXAMPLE[name.upper()] == ("" if field.default is None else str(field.default))


def test_every_setting_is_explained_in_the_example():
    text = (ROOT / ".env.example").read_text()
    blocks = re.split(r"\n(?=#)", text)
    for name in Settings.model_fields:
        assert any(block.startswith("#") and f"\n{name.upper()}=" in block for block in blocks)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_stands_in_the_readme(name):
    assert re.search(rf"\b{name.upper()}\b", (ROOT / "README.md").read_text())


def test_a_wrong_setting_is_named_without_its_value(monkeypatch):
    monkeypatch.setenv("WEB_PORT", "hunter2")
    with pytest.raises(BadSettings, match="WEB_PORT") as raised:
        read_settings()
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("address", ["notaurl", "ftp://x", "http://"])
def test_an_address_that_is_none_is_refused_at_once(monkeypatch, address):
    monkeypatch.setenv("TELEGRAM_API", address)
    with pytest.raises(BadSettings, match="TELEGRAM_API"):
        read_settings()


def test_a_file_in_another_encoding_is_named(tmp_path):
    (tmp_path / ".env").write_bytes("WEB_PORT=1111".encode("utf-16"))
    with pytest.raises(BadSettings, match="UTF-8"):
        read_settings()


def test_the_environment_goes_before_the_file(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("WEB_PORT=1111\nLOG_LEVEL=ERROR\n")
    monkeypatch.setenv("WEB_PORT", "2222")
    settings = read_settings()
    assert (settings.web_port, settings.log_level) == (2222, "ERROR")


def test_white_space_around_a_setting_is_none_of_it(monkeypatch):
    monkeypatch.setenv("TELEGRAM_TOKEN", "123456:secret\n")
    monkeypatch.setenv("TELEGRAM_API", " https://telegram.example.org\n")
    monkeypatch.setenv("DATA", "/srv/lookout\n")
    monkeypatch.setenv("LOG_LEVEL", "DEBUG ")
    settings = read_settings()
    assert settings.telegram_token == SecretStr("123456:secret")
    assert settings.telegram_api == "https://telegram.example.org"
    assert (settings.data, settings.log_level) == (Path("/srv/lookout"), "DEBUG")


def test_the_users_own_folder_is_found(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".env").write_text("DATA=~/lookout\nFILES=~/pictures\nWEIGHTS=~/model.gguf\n")
    settings = read_settings()
    assert (settings.data, settings.weights) == (tmp_path / "lookout", tmp_path / "model.gguf")
    assert settings.storage["files"] == f"{tmp_path}/pictures"


def test_a_bucket_stays_as_it_is_written(monkeypatch):
    monkeypatch.setenv("FILES", "s3://bucket/prefix")
    assert read_settings().storage["files"] == "s3://bucket/prefix"
