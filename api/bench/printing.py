"""Printing: ten thousand unit labels as PDF sheets, against reportlab's own QR widget."""

from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from time import perf_counter
from typing import Any, Final

import click

from api.bench.databases import Bench
from api.bench.results import Result
from labels.layout import Label
from labels.sheets import write_pdf
from labels.stocks import STOCKS

LABELS: Final = 10_000
STOCK: Final = "a4-2x7"
SAMPLE_MIN: Final = 20  # of the slow yardstick, whose time grows with each label alike
LABELS_A_SECOND: Final = 60  # of the yardstick, to choose its sample
LOT: Final = "68SK8D9P6WW3JEHV7GYH"
FIELDS: Final = (
    ("规格", "500 克"),
    ("产地", "焦作市温县"),
    ("批号", "WXSDH-20261110-0001"),
    ("包装日期", "2026-11-10"),
    ("保质期至", "2029-11-10"),
    ("企业名称", "温县怀药加工厂"),
)


def labels(bench: Bench, *, seconds: float) -> Result:
    """Ten thousand labels with Chinese text, each with its own symbol, in seconds.

    The yardstick draws a smaller number in the same run, and its time is multiplied.
    """
    count = LABELS if seconds >= 1 else SAMPLE_MIN
    sample = max(SAMPLE_MIN, int(seconds * LABELS_A_SECOND))
    widget_s = _by_widget(sample) / sample * count
    written = BytesIO()
    began = perf_counter()
    write_pdf(_batch(count), written, stock=STOCKS[STOCK])
    ours_s = perf_counter() - began
    return Result(
        benchmark="labels",
        database=bench.database,
        size=count,
        value=count / ours_s,
        unit="labels/s",
        yardstick="reportlab's QR widget on the same labels",
        yardstick_value=count / widget_s,
        details={"seconds": ours_s, "bytes": len(written.getvalue())},
    )


def _batch(count: int) -> Iterator[Label]:
    for serial in range(count):
        unit = f"{serial:06}DE6PB7"
        yield Label(
            url=f"HTTPS://DAODI.EXAMPLE/T/{LOT}{unit}",
            code_lines=("68SK8 D9P6W W3JEH V7GYH", f"{unit[:5]} {unit[5:10]} {unit[10:]}"),
            fields=FIELDS,
            title="生地黄",
        )


def _by_widget(count: int) -> float:
    """Seconds for so many labels, drawn as reportlab's guide does it."""
    drawing = _reportlab()
    written = BytesIO()
    began = perf_counter()
    canvas = drawing["canvas"](written, pagesize=(595, 842))
    for number, label in enumerate(_batch(count)):
        if number and number % 14 == 0:
            canvas.showPage()
        row, column = divmod(number % 14, 2)
        x, y = 13 + column * 288, 720 - row * 108
        widget = drawing["widget"](label.url, barLevel="Q", barWidth=80, barHeight=80)
        picture = drawing["picture"](80, 80)
        picture.add(widget)
        drawing["draw"](picture, canvas, x, y)
        canvas.setFont(drawing["font"], 7)
        for line, (name, value) in enumerate((("品名", label.title), *label.fields)):
            canvas.drawString(x + 90, y + 72 - line * 9, f"{name} {value}")
        for line, text in enumerate(label.code_lines):
            canvas.drawString(x, y - 8 - line * 8, text)
    canvas.save()
    return perf_counter() - began


def _reportlab() -> dict[str, Any]:
    """What the yardstick needs of reportlab, an extra that no ledger runs with."""
    try:
        metrics = import_module("reportlab.pdfbase.pdfmetrics")
        fonts = import_module("reportlab.pdfbase.cidfonts")
        found = {
            "canvas": import_module("reportlab.pdfgen.canvas").Canvas,
            "widget": import_module("reportlab.graphics.barcode.qr").QrCodeWidget,
            "picture": import_module("reportlab.graphics.shapes").Drawing,
            "draw": import_module("reportlab.graphics.renderPDF").draw,
        }
    except ImportError as error:
        raise click.UsageError("labels 要与 reportlab 比较：pip install daodi[bench]") from error
    # A name that every PDF viewer knows: reportlab takes no font files of our font's kind.
    metrics.registerFont(fonts.UnicodeCIDFont("STSong-Light"))
    return {**found, "font": "STSong-Light"}
