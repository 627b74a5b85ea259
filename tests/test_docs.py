"""The documents: every link leads somewhere, and every command that they name is there."""

import re
from pathlib import Path

import pytest

from bot.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [
    page
    for pattern in ("*.md", "docs/*.md", "*/README.md", "*/*/README.md")
    for page in ROOT.glob(pattern)
    if page.relative_to(ROOT).parts[0] not in {"build", "data"}
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page):
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_heading_leads_to_one(page):
    links = re.findall(r"\]\((?!https?://)([^)#]*)#([^)]+)\)", page.read_text())
    assert [anchor for target, anchor in links if anchor not in anchors(page.parent / target if target else page)] == []


def anchors(page: Path) -> set[str]:
    """The headings as addresses, in the way of code hosts: words in lower case, with hyphens between."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_every_command_that_a_page_names_is_there():
    named = {name for page in PAGES for name in re.findall(r"-m bot (\w+)", page.read_text())}
    assert named >= {"check", "replay"}
    assert named - {command.callback.__name__ for command in app.registered_commands if command.callback} == set()
