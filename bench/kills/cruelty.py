"""A Telegram that misbehaves all the while."""

from __future__ import annotations

from typing import Any

RULES: tuple[dict[str, Any], ...] = (
    {"method": "*", "what": "delay", "seconds": 0.3, "probability": 0.1},
    {"method": "*", "what": "delay", "seconds": 2.0, "probability": 0.02},
    {"method": "*", "what": "status", "status": 429, "retry_after": 1, "probability": 0.03},
    {"method": "*", "what": "status", "status": 500, "probability": 0.03},
    {"method": "*", "what": "status", "status": 502, "probability": 0.03},
    {"method": "*", "what": "drop_before", "probability": 0.03},
    {"method": "*", "what": "drop_after", "probability": 0.03},
    {"method": "getUpdates", "what": "repeat", "probability": 0.1},
    {"method": "getUpdates", "what": "renumber", "probability": 0.01},
    {"method": "webhook", "what": "repeat", "probability": 0.1},
)
"""Of a hundred calls, or updates brought to a webhook, 12 are slow and 15 spoiled; of the rest 10 bring an old update
again; now and then the updates' numbers begin anew."""
