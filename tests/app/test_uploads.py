"""Nothing that holds an upload stays open, whether it came whole, was too large or was cut off."""

import gc
import sys
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from flask import Flask, request

from app.uploads import Request
from tests.app.conftest import Client

START = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
LARGE = 900_000  # more than is kept in memory


@pytest.fixture
def left_open(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the interpreter finds unclosed when it throws it away."""
    found: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda told: found.append(str(told.exc_value)))
    gc.collect()
    found.clear()
    yield found
    gc.collect()


@pytest.fixture
def client() -> Any:
    app = Flask(__name__)
    app.request_class = Request
    app.test_client_class = Client
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000

    @app.post("/")
    def take() -> str:
        return str(len(request.files["file"].read()))

    return app.test_client()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (START + b"x" * LARGE + b"\r\n--b--\r\n", 200), (START + b"x" * LARGE, 400), (START + b"x" * 2 * LARGE, 413),
    ], ids=["whole", "cut off", "too large"],
)  # fmt: skip
@pytest.mark.parametrize("has_length", [True, False])
def test_what_holds_an_upload_is_closed(
    client: Any, left_open: list[str], body: bytes, status: int, has_length: bool
) -> None:
    length = {} if has_length else {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    answer = client.open(
        "/", method="POST", input_stream=BytesIO(body), content_type="multipart/form-data; boundary=b",
        environ_overrides={"CONTENT_LENGTH": str(len(body)), **length},
    )  # fmt: skip
    assert answer.status_code == status
    del answer
    gc.collect()
    assert left_open == []
