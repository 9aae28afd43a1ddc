"""Labels as packs carry them, and a foreign decoder that reads them back."""

from collections.abc import Iterator

import zxingcpp
from PIL import Image

from labels.layout import Label

URL = "HTTPS://DAODI.EXAMPLE/T/68SK8D9P6WW3JEHV7GYH"
UNIT_URL = "HTTPS://DAODI.GUANGYUAN.EXAMPLE/T/68SK8D9P6WW3JEHV7GYH00002DE6PB7S"
GS1_URL = "https://id.gs1.org/01/09506000134352/10/68SK8D9P6WW3JEHV7GYH"
CODE_LINES = ("68SK8 D9P6W W3JEH V7GYH",)
UNIT_LINES = ("68SK8 D9P6W W3JEH V7GYH", "00002 DE6PB 7S")
LONGEST_TITLE = "酒炖熟地黄（九蒸九晒）"
# The fields of 中药饮片标签管理规定, with names as long as real ones are.
LONGEST = (
    ("规格", "片 一等 100克/袋"),
    ("产地", "河南省焦作市温县祥云镇"),
    ("批号", "WXSDH-20261110-0001"),
    ("装量", "100 克"),
    ("生产日期", "2026-11-10"),
    ("保质期", "36 个月"),
    ("贮藏", "置通风干燥处，防蛀"),
    ("执行标准", "《中国药典》2025年版一部"),
    ("生产企业", "国药集团四川江油中坝附子科技发展有限公司广元昭化分公司"),
)
FIELDS = (("产地", "温县"), ("批号", "SDH-2026-01"), ("净重", "100 克"))


def label(**said: object) -> Label:
    """A label that says what the test changes."""
    whole = {"url": URL, "code_lines": CODE_LINES, "fields": FIELDS, "title": "怀牛膝"} | said
    return Label(**whole)  # type: ignore[arg-type]  # a test says what it changes


def longest(**said: object) -> Label:
    """A label with the longest real names and the longest code."""
    named = {"url": UNIT_URL, "code_lines": UNIT_LINES, "title": LONGEST_TITLE, "demo": True}
    return label(**({"fields": LONGEST} | named | said))


def batch(count: int, **said: object) -> Iterator[Label]:
    """As many packs of one lot, each with its own serial; made one by one."""
    for serial in range(count):
        unit = f"{serial:06}DE6PB7"
        groups = f"{unit[:5]} {unit[5:10]} {unit[10:]}"
        lines = (UNIT_LINES[0], groups)
        yield longest(**({"url": f"{UNIT_URL[:-12]}{unit}", "code_lines": lines} | said))


def read(image: Image.Image) -> list[str]:
    """What a phone reads on a picture, from the top to the bottom."""
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCodeModel2)
    return [one.text for one in sorted(found, key=lambda one: one.position.top_left.y)]
