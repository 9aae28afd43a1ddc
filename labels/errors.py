"""Every way a label says no: one error with a stable code and the sentence that people read."""

from typing import Final

SENTENCES_CN: Final[dict[str, str]] = {
    "label_too_small": "标签太小，二维码印出来会扫不出，请换大一点的标签。",
    "label_text_too_long": "文字太长，标签上放不下，请缩短或换大一点的标签。",
    "label_symbol_too_dense": "网址太长，二维码会太密，请用短一点的网址。",
    "label_level_too_low": "二维码的纠错级别太低，沾灰或折皱后会扫不出，请用 M 级或以上。",
    "label_missing_glyph": "有字体里没有的字，印出来会是空框。",
    "label_empty": "标签没有内容。",
    "label_wrong_stock": "这种纸不能这样打印：整张 A4 用 PDF，卷纸用 ZPL 或 TSPL。",
    "label_no_such_cell": "起始格不在这张纸上。",
    "label_shift_too_far": "校准偏移太大，标签会印到格子外面。",
    "label_mixed_fields": "同一份清单里的标签，项目名称必须相同。",
}


class LabelError(Exception):
    """A label that cannot be printed so that it reads. `code` is a key of SENTENCES_CN."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def sentence_cn(self) -> str:
        """The sentence that people read."""
        return SENTENCES_CN[self.code]
