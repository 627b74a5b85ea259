"""Signatures are those of Standard Webhooks."""

import re
import time
from base64 import b64decode
from pathlib import Path
from typing import Any

from tests.receiver import Called
from web.signature import new_secret, signed

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NAME, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'


def test_a_known_call_has_its_known_signature():
    """From the reference libraries' own tests."""
    assert signed(SECRET, NAME, AT, BODY) == {
        "webhook-id": NAME,
        "webhook-timestamp": str(AT),
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_changed_call_or_another_secret_does_not_pass():
    headers = signed(SECRET, NAME, AT, BODY)
    assert Called("/", headers, BODY).is_signed_with(SECRET)
    assert not Called("/", headers, BODY + b" ").is_signed_with(SECRET)
    assert not Called("/", headers | {"webhook-timestamp": str(AT + 1)}, BODY).is_signed_with(SECRET)
    assert not Called("/", headers | {"webhook-id": "msg_another"}, BODY).is_signed_with(SECRET)
    assert not Called("/", headers, BODY).is_signed_with(new_secret())


def test_the_example_in_the_documents_tells_calls_from_forgeries():
    page = Path(__file__).parents[2] / "docs" / "operations.md"
    (example,) = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    now, secret = int(time.time()), new_secret()
    assert names["genuine"](secret, signed(secret, NAME, now, BODY), BODY)
    assert not names["genuine"](secret, signed(secret, NAME, now, BODY), BODY + b" ")
    assert not names["genuine"](secret, signed(secret, NAME, now - 400, BODY), BODY)
    assert not names["genuine"](new_secret(), signed(secret, NAME, now, BODY), BODY)


def test_a_secret_is_32_random_bytes():
    secret = new_secret()
    assert len(b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert secret != new_secret()
