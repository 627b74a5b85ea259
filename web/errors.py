"""What is wrong with an address that a watch shall call, and what can go wrong on the way there."""

from __future__ import annotations

from typing import ClassVar


class WebhookError(Exception):
    """The root; each class carries the stable `code` by which a sentence is chosen."""

    code: ClassVar[str] = "webhook"


class WebhooksOff(WebhookError):
    """The operator lets no watch call anywhere."""

    code = "webhooks_off"


class NotAnAddress(WebhookError):
    """It is no address of the web, or one that is longer or more oddly written than need be."""

    code = "webhook_not_an_address"


class NotHttps(WebhookError):
    """It does not begin with https://, and here it has to."""

    code = "webhook_not_https"


class HasPassword(WebhookError):
    """It holds a name or a password, which would stand in what others log."""

    code = "webhook_has_password"


class HostUnknown(WebhookError):
    """Nobody knows the host's name at the moment."""

    code = "webhook_host_unknown"


class NotPublic(WebhookError):
    """It leads to this machine or into a network that is not the public one."""

    code = "webhook_not_public"


class Unreached(WebhookError):
    """The call was not answered; the message names the kind of error and quotes nothing."""

    code = "webhook_unreached"
