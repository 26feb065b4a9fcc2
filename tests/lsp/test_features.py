"""The list of features: the parameters of each handler have the types of the protocol."""

from __future__ import annotations

import inspect

import attrs
import pytest
from lbsh_lsp.server import FEATURES, Feature
from lsprotocol import types


@pytest.mark.parametrize("feature", FEATURES, ids=[one.method for one in FEATURES])
def test_a_handler_takes_what_the_protocol_sends(feature: Feature) -> None:
    message = types.METHOD_TO_TYPES[feature.method][0]
    (sent,) = (one.type for one in attrs.fields(message) if one.name == "params")
    client, taken = inspect.signature(feature.handler).parameters.values()
    assert client.annotation == "Client"
    assert taken.annotation == f"types.{sent if isinstance(sent, str) else sent.__name__}"


def test_methods_are_listed_once() -> None:
    methods = [one.method for one in FEATURES]
    assert len(methods) == len(set(methods))
