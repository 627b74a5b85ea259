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
)
"""In every hundred calls 12 are slow and 15 are spoiled."""
