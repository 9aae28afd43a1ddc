"""The server's composition root: settings, ledger, clock, routes."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from time import time_ns

import structlog
from litestar import Litestar
from litestar.di import Provide
from litestar.middleware.rate_limit import RateLimitConfig
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.plugins.prometheus import PrometheusConfig, PrometheusController
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig
from litestar.types import ControllerRouterHandler, Middleware

from api import operations
from api.appender import Appender
from api.opened import OpenedLedger, open_ledger
from api.problems import HANDLERS
from api.records import recording, tracing
from api.requests import QUIET, log_requests
from api.settings import Settings
from api.standards import log
from ledger.errors import DaodiError

HERE = Path(__file__).parent


def clock_ms() -> int:
    """Milliseconds since 1970: the one clock of the server."""
    return time_ns() // 1_000_000


def create_app(settings: Settings | None = None) -> Litestar:
    """Make the application over a founded ledger. Raises StoreError and says what to do."""
    settings = settings or Settings()
    configure_logs()
    opened = open_ledger(settings, clock_ms)
    appender = Appender(opened.register, clock_ms)
    return Litestar(
        route_handlers=[*_routes()],
        dependencies={
            "opened": Provide(lambda: opened, sync_to_thread=False),
            "appender": Provide(lambda: appender, sync_to_thread=False),
        },
        exception_handlers=HANDLERS,
        middleware=_middleware(settings),
        lifespan=[_running(opened, appender)],
        request_max_body_size=settings.body_bytes_max,
        openapi_config=OpenAPIConfig(
            title="Daodi 道地",
            version="1",
            description="A traceability ledger for 道地 herbs.",
            path="/schema",
            # No page of a renderer: those load scripts from strangers.
            render_plugins=[JsonRenderPlugin(path="/")],
        ),
        template_config=TemplateConfig(directory=HERE / "templates", engine=JinjaTemplateEngine),
    )


def configure_logs() -> None:
    """One JSON line for each thing that happened, on stderr; never a body, never a key."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _routes() -> list[ControllerRouterHandler]:
    return [
        recording.record_statements,
        recording.statement,
        recording.key,
        tracing.trace_code,
        tracing.evidence_for_code,
        tracing.ledger,
        log.checkpoint,
        log.tile,
        log.consistency,
        operations.healthz,
        operations.readyz,
        PrometheusController,
        create_static_files_router("/static", [HERE / "static"]),
    ]


def _middleware(settings: Settings) -> list[Middleware]:
    metrics = PrometheusConfig(app_name="daodi", prefix="daodi", group_path=True)
    middleware: list[Middleware] = [log_requests, metrics.middleware]
    if settings.requests_per_minute:
        limit = RateLimitConfig(
            rate_limit=("minute", settings.requests_per_minute), exclude=sorted(QUIET)
        )
        middleware.append(limit.middleware)
    return middleware


def _running(
    opened: OpenedLedger, appender: Appender
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def running(_app: Litestar) -> AsyncIterator[None]:
        appender.start()
        beating = asyncio.create_task(_beat(opened))
        try:
            yield
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating
            appender.stop()

    return running


async def _beat(opened: OpenedLedger) -> None:
    """Add a state leaf when an hour saw none, so that a checkpoint's age can be judged."""
    while True:
        waited_ms = opened.clock() - opened.replica.newest_ms
        await asyncio.sleep(max(1.0, opened.settings.heartbeat_s - waited_ms / 1000))
        if opened.clock() - opened.replica.newest_ms >= opened.settings.heartbeat_s * 1000:
            try:
                await asyncio.to_thread(opened.register.beat, now_ms=opened.clock())
            except DaodiError as error:
                structlog.get_logger().error("heartbeat", code=error.code, detail=error.message)
