"""The server's composition root: settings, ledger, clock, routes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, fields
from pathlib import Path
from time import time_ns

import structlog
from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig
from litestar.types import ASGIApp, ControllerRouterHandler

from api import operations
from api.answers.forms import BODY_BYTES_MAX, PARTS_MAX
from api.answers.pages import ENVIRONMENT
from api.answers.problems import HANDLERS
from api.answers.schema import ProblemSchema
from api.complaints import keep_forgetting
from api.enterprise import routes as enterprise
from api.files.uploads import keep_sweeping
from api.labelling.press import Press
from api.limits import Window, limit_requests
from api.logs import configure_logs
from api.opened.appender import Appender
from api.opened.judging import JudgeThread
from api.opened.ledger import OpenedLedger, open_ledger
from api.public import asking, barcode, complaining, gs1, photographed, quota, recalling, second
from api.public.counted import tallies
from api.public.counted.guesses import Guesses
from api.public.counted.watch import Watch
from api.public.harvests import HarvestBook
from api.public.packet import papers
from api.public.products import ProductBook
from api.public.proof import asked as proof
from api.public.recalls import RecallBook
from api.records import drafting, enrolling, filing, recording, tracing
from api.records.quick import record_quickly
from api.requests import answer_head, log_requests
from api.scans import Sightings
from api.sessions import desk, login, login_page, logout
from api.settings import Settings
from api.standards import log
from api.supervisor import routes as supervisor
from api.supervisor.auditing import AuditDesk
from api.supervisor.warned import WarningDesk
from ledger.errors import DaodiError

HERE = Path(__file__).parent
# Tiles are hashes, which do not get smaller; scripts are packed once.
COMPRESSED = ("/log/tile", "/metrics", "/phone.js", "/second.js", "/whole.js")


def clock_ms() -> int:
    """Milliseconds since 1970: the one clock of the server."""
    return time_ns() // 1_000_000


@dataclass(slots=True, kw_only=True)
class Service:
    """What handlers are given: the open ledger, and this server's own windows, books and presses.

    Not frozen, and read at each request: tests put another ledger under routes that stand already,
    because registering them takes longer than most tests.
    """

    opened: OpenedLedger
    appender: Appender
    watch: Watch
    tally_book: tallies.TallyBook
    audit_desk: AuditDesk
    warning_desk: WarningDesk
    press: Press
    photo_window: photographed.PhotoWindow
    harvest_book: HarvestBook
    product_book: ProductBook
    recall_book: RecallBook
    upload_window: filing.UploadWindow
    second_window: second.SecondWindow
    complaint_window: complaining.ComplaintWindow


def create_app(settings: Settings | None = None) -> Litestar:
    """Make the application over a founded ledger. Raises StoreError and says what to do."""
    service = open_service(settings or Settings())
    app = register_routes(service)
    app.asgi_handler = stand_before(app.asgi_handler, service)
    return app


def open_service(settings: Settings) -> Service:
    """Open the ledger of the settings, and all that serves it. Raises StoreError."""
    configure_logs()
    _ = settings.printed_base_url  # refused now, and not on ten thousand labels
    opened = open_ledger(settings, clock_ms)
    return Service(
        opened=opened,
        appender=Appender(opened.register, clock_ms, gate=opened.gate),
        watch=Watch(guesses=Guesses(), sightings=Sightings()),
        tally_book=tallies.TallyBook(opened),
        audit_desk=AuditDesk(opened),
        warning_desk=WarningDesk(opened),
        press=Press(opened),
        photo_window=photographed.PhotoWindow(),
        harvest_book=HarvestBook(opened),
        product_book=ProductBook(opened),
        recall_book=RecallBook(opened),
        upload_window=filing.UploadWindow(settings.upload_bytes_per_day),
        second_window=second.SecondWindow(settings.known_ledgers),
        complaint_window=complaining.ComplaintWindow(),
    )


def register_routes(service: Service) -> Litestar:
    """Every route, over whatever the service holds when it is asked."""
    return Litestar(
        route_handlers=_routes(service),
        dependencies={
            part.name: Provide(_asked(service, part.name), sync_to_thread=False)
            for part in fields(Service)
        },
        exception_handlers=HANDLERS,
        lifespan=[_running(service)],
        request_max_body_size=BODY_BYTES_MAX,
        multipart_form_part_limit=PARTS_MAX,
        openapi_config=OpenAPIConfig(
            title="Daodi 道地",
            version="1",
            description="A traceability ledger for 道地 herbs.",
            path="/schema",
            render_plugins=[ProblemSchema(path="/")],
        ),
        state=State({"origin": service.opened.origin}),
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(ENVIRONMENT)),
        compression_config=CompressionConfig(
            backend="gzip", gzip_compress_level=6, exclude=[*COMPRESSED]
        ),
        logging_config=None,  # ours is set above, and the framework's would write other lines
    )


def _asked(service: Service, name: str) -> Callable[[], object]:
    return lambda: getattr(service, name)


def stand_before(routes: ASGIApp, service: Service) -> ASGIApp:
    """What a request meets first: what no route answers is limited, named and logged too."""
    limited = limit_requests(
        record_quickly(routes, service.appender),
        requests=Window(service.opened.settings.requests_per_minute),
        guesses=service.watch.guesses,
        clock=clock_ms,
    )
    return log_requests(answer_head(gs1.open_resolver(limited)))


def _routes(service: Service) -> list[ControllerRouterHandler]:
    statements = [recording.record_statements]
    body_bytes_max = service.opened.settings.body_bytes_max
    return [
        Router("/", route_handlers=statements, request_max_body_size=body_bytes_max),
        desk(lambda: service.opened, enterprise.PAGES),
        desk(lambda: service.opened, supervisor.PAGES, supervisors=True),
        recording.statement,
        recording.key,
        enrolling.enrol_key,
        drafting.draft_statement,
        filing.keep_file,
        login_page,
        login,
        logout,
        *supervisor.PROGRAMS,
        *enterprise.PROGRAMS,
        tracing.trace_code,
        tracing.balance_of_code,
        tracing.evidence_for_code,
        tracing.ledger,
        *asking.HANDLERS,
        *gs1.HANDLERS,
        barcode.ask_product,
        *complaining.HANDLERS,
        *photographed.HANDLERS,
        *quota.HANDLERS,
        *recalling.HANDLERS,
        *second.HANDLERS,
        proof.prove,
        tallies.scans_of_day,
        papers.blob,
        log.checkpoint,
        log.tile,
        log.consistency,
        operations.healthz,
        operations.readyz,
        operations.metrics,
        create_static_files_router(
            # Briefly: a module's imports carry no version, and must not stay behind its page.
            "/static",
            [HERE / "static"],
            cache_control=CacheControlHeader(max_age=600),
        ),
    ]


def _running(service: Service) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def running(_app: Litestar) -> AsyncIterator[None]:
        opened, appender = service.opened, service.appender
        judging = JudgeThread(opened.judge, opened.replica, clock_ms)
        await asyncio.to_thread(_prove_room, opened)
        appender.start()
        judging.start()
        works = (_beat(opened), keep_forgetting(opened), keep_sweeping(opened))
        tasks = [asyncio.create_task(work) for work in works]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            appender.stop()
            judging.stop()
            # A connection that a thread gives back to a pool already emptied is never closed.
            service.press.stop()
            service.audit_desk.stop()
            service.warning_desk.stop()
            await asyncio.get_running_loop().shutdown_default_executor()
            opened.store.engine.dispose()

    return running


def _prove_room(opened: OpenedLedger) -> None:
    """Say now that nothing can be written, and not with the first statement of the day.

    The server starts all the same: whoever scans a pack reads, and `/readyz` tells the operator.
    """
    try:
        opened.store.try_writing()
    except DaodiError as error:
        structlog.get_logger().error("trouble", code=error.code, detail=error.message)


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
