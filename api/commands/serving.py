"""`daodi serve`: the HTTP server over one ledger."""

import click
import uvicorn

from api.app import create_app
from api.commands.options import ledger_options
from api.memory import settle
from api.settings import Settings


@click.command()
@click.option("--host", help="Address to listen on. Default: 127.0.0.1")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen on. Default: 8000")
@click.option("--base-url", help="What labels print before /t/CODE; identity never depends on it.")
@ledger_options
def serve(*, settings: Settings, host: str | None, port: int | None, base_url: str | None) -> None:
    """Serve the ledger until interrupted. One server for one SQLite file."""
    given = {"host": host, "port": port, "base_url": base_url}
    settings = settings.model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    app = create_app(settings)
    settle()
    # Requests are logged by the application: one line each, with an id, never a body.
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,  # what it has to say goes where the application's lines go
        log_level="warning",
        access_log=False,
        server_header=False,
    )
