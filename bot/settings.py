"""Settings: read once from the environment and .env, frozen, and passed on."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import BadSettings
from storage.store import Location
from vision.engine import EngineSettings
from vision.weights import tiny_weights, weights_at
from web.guard import Policy


class Settings(BaseSettings):
    """Every setting, with its default. The names stand in .env.example in capitals, with what they mean."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    telegram_token: SecretStr | None = None
    telegram_api: str = "https://api.telegram.org"
    webhook_url: str | None = None
    data: Path = Path("data")
    database_url: str | None = None
    files: str | None = None
    s3_endpoint: str | None = None
    weights: Path | None = None
    projector: Path | None = None
    gpu_layers: int = -1
    threads: int = Field(default=0, ge=0)
    context: int = Field(default=4096, ge=512)
    cache_tokens: int = Field(default=0, ge=0)
    host_cache_mb: int = Field(default=1024, ge=0)
    embeddings_mb: int = Field(default=256, ge=0)
    chats_at_once: int = Field(default=8, ge=1)
    watches_per_chat: int = Field(default=100, ge=1)
    watches: int = Field(default=10_000, ge=1)
    webhooks: Policy = "public"
    voice_engine: Literal["espeak", "google"] = "espeak"
    sandbox_host: str = "127.0.0.1"
    sandbox_port: int = Field(default=8080, ge=0, le=65535)
    web_host: str = "127.0.0.1"
    web_port: int = Field(default=8081, ge=0, le=65535)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("*", mode="before")
    @classmethod
    def _stripped(cls, value: object) -> object:
        """Without white space around it: what came out of a file often ends with a line break."""
        return value.strip() if isinstance(value, str) else value

    @field_validator("data", "files", "weights", "projector")
    @classmethod
    def _at_home(cls, path: Path | str | None) -> Path | str | None:
        """With the user's own folder for ~, which no shell puts into .env."""
        return type(path)(Path(path).expanduser()) if path and str(path).startswith("~/") else path

    @field_validator("telegram_api", "webhook_url")
    @classmethod
    def _address(cls, url: str | None) -> str | None:
        if url is not None and not re.fullmatch(r"https?://[^/\s]+(/\S*)?", url):
            raise ValueError("an address begins with http:// or https://")
        return url and url.rstrip("/")

    @property
    def database(self) -> str:
        """The database's URL; a file in the data folder unless another one is set."""
        return self.database_url or f"sqlite:///{self.data / 'lookout.db'}"

    @property
    def shared(self) -> bool:
        """Whether several processes may work on the database: it is a PostgreSQL."""
        return self.database.startswith("postgres")

    @property
    def storage(self) -> Location:
        """Where everything is kept; pictures and voice notes in a folder in the data folder unless set otherwise."""
        return {"url": self.database, "files": self.files or str(self.data / "files"), "endpoint": self.s3_endpoint}

    @property
    def tiny(self) -> bool:
        """Whether the model is the one that ships with the project."""
        return self.weights is None

    @property
    def engine(self) -> EngineSettings:
        """What the model's process is started with."""
        return EngineSettings(
            weights=weights_at(self.weights, self.projector) if self.weights else tiny_weights(),
            threads=self.threads or max(1, (os.cpu_count() or 2) // 2),
            gpu_layers=self.gpu_layers,
            context_tokens=self.context,
            cache_tokens=self.cache_tokens,
            host_cache_bytes=self.host_cache_mb << 20,
            embeddings_bytes=self.embeddings_mb << 20,
        )


def read_settings() -> Settings:
    """The settings as the environment and .env have them. Raises BadSettings, which names each wrong one."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(f"{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors(include_input=False))
        raise BadSettings(wrong) from None
    except UnicodeDecodeError:
        raise BadSettings(".env is not UTF-8 text: save it as UTF-8") from None
