"""The templates: what is said to the model, in each language."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from prompts.languages import Language


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("prompts"),
        autoescape=False,  # noqa: S701 - what is made here is plain text for a model, never HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def worded(name: str, language: Language, **values: object) -> str:
    """A template of that name in that language. What stands in `values` is put in as it is."""
    return _templates().get_template(f"{name}.{language}.txt").render(**values).strip()
