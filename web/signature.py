"""How a call proves who sends it: Standard Webhooks 1.0.0 with a shared secret (https://www.standardwebhooks.com)."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from hashlib import sha256
from secrets import token_bytes
from typing import Final

_PREFIX: Final = "whsec_"
_BYTES: Final = 32


def new_secret() -> str:
    """A secret of its own for one webhook, in the form in which its receiver is given it."""
    return _PREFIX + b64encode(token_bytes(_BYTES)).decode()


def signed(secret: str, name: str, at: int, body: bytes) -> dict[str, str]:
    """The headers of one attempt at `at` (Unix seconds) to post a body under a name that holds no full stop."""
    key = b64decode(secret.removeprefix(_PREFIX))
    signature = hmac.new(key, b".".join((name.encode(), str(at).encode(), body)), sha256).digest()
    return {
        "webhook-id": name,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{b64encode(signature).decode()}",
    }
