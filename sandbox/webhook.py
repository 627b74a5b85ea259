"""Where a bot wants its updates sent, and how that went."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any


@dataclass(slots=True)
class Webhook:
    """The settings of setWebhook; an empty url means that the bot polls."""

    url: str = ""
    secret_token: str = ""
    max_connections: int = 40
    ip_address: str = ""
    has_certificate: bool = False
    last_error: str = ""
    last_error_date: int = 0

    def same_settings(self, other: Webhook) -> bool:
        """Whether nothing but the memory of errors differs."""
        return replace(self, last_error=other.last_error, last_error_date=other.last_error_date) == other

    def as_json(self, pending: int) -> dict[str, Any]:
        """The Bot API's WebhookInfo, without allowed_updates."""
        found: dict[str, Any] = {
            "url": self.url,
            "has_custom_certificate": self.has_certificate,
            "pending_update_count": pending,
        }
        if self.last_error:
            found |= {"last_error_date": self.last_error_date, "last_error_message": self.last_error}
        if self.url:
            found |= {"max_connections": self.max_connections, "ip_address": self.ip_address or "127.0.0.1"}
        return found
