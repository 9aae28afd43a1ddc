"""Words of credit (CR1) and early warnings (EW1), for the supervisor's pages and commands."""

from collections.abc import Mapping
from typing import Final

from ledger.rules.supervision.credit import Charge
from ledger.rules.supervision.warning import Level, Signal

LEVELS_CN: Final[Mapping[Level, str]] = {
    "alarm": "警报", "warn": "警示", "watch": "留意", "none": "无",
}  # fmt: skip
SIGNALS_CN: Final[Mapping[Signal, str]] = {
    "complaint": "举报", "failed_test": "检验不合格", "clone": "码被复制",
    "price_spike": "价格异常", "weather": "天气",
}  # fmt: skip
CHARGES_CN: Final[Mapping[Charge, str]] = {
    "banned_pesticide": "使用禁用农药",
    "forged_record": "伪造记录",
    "failed_official_sample": "监督抽检不合格",
    "red": "红色发现经确认",
    "amber": "黄色发现经确认",
    "late_week": "一周里有补录",
}
APPEALS_CN: Final[Mapping[str, str]] = {
    "none": "没有申诉", "pending": "申诉未决，暂不扣分", "rejected": "申诉已驳回",
    "upheld": "申诉成立，不扣分",
}  # fmt: skip
