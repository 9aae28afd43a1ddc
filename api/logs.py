"""What a process has to say of itself: one JSON line for each thing that happened, on stderr."""

import logging
import sys

import structlog


def configure_logs() -> None:
    """One JSON line for each thing that happened, on stderr; never a body, never a key."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    as_json = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[*shared, as_json],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Looked up at each line: stderr may be exchanged while the process lives.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    # What libraries say goes the same way; the server of HTTP logs no request of its own.
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, as_json],
        )
    )
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers = [lines] if name in {"uvicorn", "asyncio"} else []
        logger.setLevel(logging.WARNING)
