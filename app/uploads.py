"""Files as they come in: what holds them meanwhile is closed with the request, however the request ends."""

from __future__ import annotations

from typing import IO, Any

import flask


class Request(flask.Request):
    """A request that also closes the files of a body that was cut off or too large, which Werkzeug leaves open."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._held: list[IO[bytes]] = []

    def _get_file_stream(self, *arguments: Any, **options: Any) -> IO[bytes]:
        stream = super()._get_file_stream(*arguments, **options)
        self._held.append(stream)
        return stream

    def close(self) -> None:
        """Close what was held."""
        super().close()
        for stream in self._held:
            stream.close()
