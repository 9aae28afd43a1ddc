"""Labels of packs as pictures, PNG and SVG: one as it will print, or a planned one's sample."""

from dataclasses import replace
from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from api.access import Caller
from api.codes import asked_of
from api.demonstration.mark import is_demonstration
from api.enterprise.printing.forms import wish_of
from api.labelling.contents import contents_of
from api.labelling.drawing import ROLL
from api.labelling.faces import Faces
from api.labelling.packs import faces_of
from api.labelling.planning import batch_of, source_of
from api.opened.ledger import OpenedLedger
from api.shown.lineages import trace_of
from labels.errors import LabelError
from labels.layout import Label
from labels.pack import render_png, render_svg
from labels.stocks import STOCKS
from ledger.errors import FormError, NotFoundError
from ledger.herbs.identifiers import CODE_LENGTH, SERIAL_MAX, UNIT_CODE_LENGTH
from ledger.herbs.serials import has

KEPT_PRIVATE: Final = {"Cache-Control": "private, no-store"}
# An SVG that is opened by itself is a page of ours: it may run, fetch and send nothing.
ONLY_A_PICTURE: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"
}
SAMPLE: Final = "0" * UNIT_CODE_LENGTH  # a code that stands for nothing, as long as real ones
Serial = Annotated[int, QueryParameter(name="serial", ge=0, le=SERIAL_MAX)]


@get("/enterprise/labels/{file:str}", sync_to_thread=True, include_in_schema=False)
def label_file(
    opened: NamedDependency[OpenedLedger],
    caller: NamedDependency[Caller],
    file: FromPath[str],
    serial: Serial,
    stock: FromQuery[str] = ROLL,
) -> Response[Any]:
    """One label as LOT.png or LOT.svg. A serial that was never registered has none."""
    code, _, suffix = file.rpartition(".")
    if suffix not in {"png", "svg"}:
        raise NotFoundError("not_found", "a label is LOT.png or LOT.svg")
    batch = batch_of(opened, code, caller)
    bounds = batch.pack.registered or range(1, batch.pack.most + 1 + sum(map(len, batch.voided)))
    if serial not in bounds:
        raise NotFoundError("unknown_code", f"serial {serial} is not within {bounds}")
    if has(batch.voided, serial):
        raise FormError("bad_code", f"the code of serial {serial} was voided")
    ((_, label),) = faces_of(opened, batch.pack).of([range(serial, serial + 1)])
    return picture(label, suffix, stock)


@get("/enterprise/printing/{code:str}/sample.png", sync_to_thread=True, include_in_schema=False)
def sample_file(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    caller: NamedDependency[Caller],
    code: FromPath[str],
) -> Response[Any]:
    """What a planned pack's label would look like; its code stands for nothing."""
    form = {key: str(value) for key, value in request.query_params.items()}
    trace = trace_of(opened, replace(asked_of(code, opened), serial=None), caller.reader)
    contents = contents_of(source_of(opened, caller, trace, wish_of(form), code="0" * 20))
    faces = Faces(
        base_url=opened.settings.printed_base_url,
        code=SAMPLE[:CODE_LENGTH],
        key=b"",
        fields=contents.fields,
        demo=is_demonstration(opened.origin),
    )
    return picture(faces.with_code(SAMPLE), "png", form.get("stock", ROLL))


def picture(label: Label, suffix: str, stock: str) -> Response[Any]:
    """A label drawn as it will stand on a stock. Raises FormError with what does not fit."""
    if stock not in STOCKS:
        raise FormError("bad_query", f"paper is one of {', '.join(STOCKS)}")
    size = STOCKS[stock].label_mm
    try:
        drawn = (
            render_png(label, size_mm=size)
            if suffix == "png"
            else render_svg(label, size_mm=size).encode()
        )
    except LabelError as error:
        raise FormError("bad_query", f"{error.sentence_cn} {error.message}") from error
    media_type = "image/png" if suffix == "png" else "image/svg+xml"
    return Response(drawn, media_type=media_type, headers={**KEPT_PRIVATE, **ONLY_A_PICTURE})
