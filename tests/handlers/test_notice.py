"""What a webhook is told is all that a receiver needs, and no picture."""

from datetime import UTC, datetime, timedelta, timezone

from handlers.notice import alert_notice, trial_notice
from storage.records import Alert, Place, Sighting, Watch

NOON = datetime(2030, 1, 2, 12, 0, 5, tzinfo=UTC)
WATCH = Watch(3, -100, "fire", "en", NOON, sensitivity="high", webhook="https://u.example", secret="whsec_c2VjcmV0")


def test_an_alert_is_told_with_the_question_how_sure_who_and_where():
    seen = Sighting(7, -100, 101, NOON, ("ab" * 32,), 'by "the" gate', Place(52.52, 13.405, "pin", NOON))
    alert = Alert(3, 7, "yes", True, 0.912345, NOON.astimezone(timezone(timedelta(hours=8))))
    assert alert_notice(WATCH, alert, seen, sender="Ada", link="https://t.me/c/1/5") == {
        "type": "watch.alert",
        "timestamp": "2030-01-02T12:00:05Z",
        "data": {
            "watch": 3,
            "condition": "fire",
            "question": "Does this photo show fire?",
            "chat": -100,
            "kind": "yes",
            "p_yes": 0.9123,
            "threshold": 0.4,
            "sighting": 7,
            "sender": {"id": 101, "name": "Ada"},
            "caption": 'by "the" gate',
            "place": {
                "latitude": 52.52,
                "longitude": 13.405,
                "map": "https://www.openstreetmap.org/?mlat=52.52000&mlon=13.40500#map=16/52.52000/13.40500",
            },
            "link": "https://t.me/c/1/5",
        },
    }


def test_what_is_not_known_is_null_and_what_is_over_says_so():
    notice = alert_notice(
        WATCH, Alert(3, 7, "over", True, 0.1, NOON), Sighting(7, -100, None, NOON, ()), sender=None, link=None
    )
    assert (notice["type"], notice["data"]["kind"]) == ("watch.over", "over")
    assert (notice["data"]["place"], notice["data"]["caption"], notice["data"]["link"]) == (None, None, None)
    assert notice["data"]["sender"] == {"id": None, "name": None}


def test_neither_the_address_nor_the_secret_is_told():
    told = str(trial_notice(WATCH, NOON))
    assert "Does this photo show fire?" in told
    assert "u.example" not in told
    assert "whsec" not in told
