"""Every way the ledger says no: one tree, stable codes, a Chinese sentence for people.

DaodiError
├── FormError        the bytes are not what format v1 says (400, 413)
├── SignatureError   a signature or a key's bytes do not hold (401)
├── StandingError    the signer may not say this here and now (403)
├── ChainError       the key's own chain does not continue (409)
├── PrintingError    a label that may not be printed, a range that may not be stated (403, 409)
├── ProofError       a proof leads elsewhere; `check` names the step of format v1 section 7
├── CannotCheckError an algorithm, version, kind or limit that this program does not know
├── AccessError      the reader or caller may not (401, 403, 429)
├── NotFoundError    nothing of that name (404)
└── StoreError       the database, the guard, the disk or the keys of this server (503, 507)
"""

from typing import Final, NamedTuple


class Code(NamedTuple):
    """What belongs to a stable code: HTTP status and the sentence that people read."""

    status: int
    sentence_cn: str


CODES: Final[dict[str, Code]] = {
    # FormError
    "not_json": Code(400, "内容不是完整的 JSON，请检查是否发送了一半。"),
    "not_utf8": Code(400, "内容不是 UTF-8 编码。"),
    "not_canonical": Code(400, "内容不是规范形式（RFC 8785），签名的字节必须是唯一写法。"),
    "duplicate_member": Code(400, "同一个字段写了两次。"),
    "lone_surrogate": Code(400, "文字里有不成对的代理字符。"),
    "nul_character": Code(400, "文字里有空字符（NUL），不能保存。"),
    "wrong_type": Code(400, "有字段的类型不对。"),
    "unknown_member": Code(400, "有不认识的字段。"),
    "missing_member": Code(400, "缺少必填字段。"),
    "bad_number": Code(400, "数字超出允许的范围或写法不对。"),
    "bad_member_name": Code(400, "字段名只能用 ASCII 字符。"),
    "bad_hex": Code(400, "应为小写十六进制。"),
    "bad_base64": Code(400, "base64 写法不对。"),
    "bad_time": Code(400, "时间写法不对，必须带时区，例如 2026-10-28T09:00:00+08:00。"),
    "bad_uri": Code(400, "标识（URI）写法不对。"),
    "bad_list": Code(400, "标识列表必须按字节顺序排列、不重复，且数量在限度内。"),
    "missing_subject": Code(400, "投入或产出的批次没有列入所属链。"),
    "unlisted_thing": Code(400, "事件内容提到的投入或产出没有列入清单。"),
    "too_deep": Code(400, "嵌套太深，最多 32 层。"),
    "too_large": Code(413, "内容太大。"),
    "too_many": Code(413, "一次最多提交 1000 条。"),
    "wrong_version": Code(400, "格式版本不认识。"),
    "wrong_ledger": Code(400, "这条记录是写给另一个账本的。"),
    "unknown_kind": Code(400, "不认识的记录种类。"),
    "unknown_algorithm": Code(400, "不认识的签名算法。"),
    "bad_envelope": Code(400, "信封（DSSE）写法不对。"),
    "bad_opening": Code(400, "密封字段的明文与承诺值对不上。"),
    "bad_event": Code(400, "事件内容不符合 EPCIS 2.0 或缺少这类记录的必填项。"),
    "bad_body": Code(400, "登记内容不符合要求。"),
    "bad_leaf": Code(400, "日志叶子的字节不对。"),
    "bad_note": Code(400, "检查点的写法不对。"),
    "bad_anchor": Code(400, "记录引用的检查点比账本还新。"),
    "bad_quantity": Code(400, "数量写法不对。"),
    "bad_code": Code(400, "编号写法不对或校验位不对，请核对包装上的编号。"),
    "bad_query": Code(400, "查询参数不对。"),
    "bad_file": Code(415, "只收 PDF、JPEG 和 PNG 文件，而且要完整。"),
    "photo_is_heic": Code(415, "这是 HEIC 照片，请改成 JPEG 再试。"),
    "photo_with_place": Code(422, "照片里带有拍摄位置，请先去掉位置信息再上传。"),
    "photo_with_notes": Code(422, "照片里带有相机或拍摄者的信息，请先去掉再上传。"),
    # SignatureError
    "bad_key": Code(400, "公钥的写法不对或不安全。"),
    "bad_signature": Code(401, "签名不对：内容被改过，或不是这把钥匙签的。"),
    # StandingError
    "unknown_key": Code(403, "这把钥匙没有登记。"),
    "key_retired": Code(403, "这把钥匙已经注销，不能再签新记录。"),
    "actor_suspended": Code(403, "这个主体已被暂停，不能提交新记录。"),
    "unknown_actor": Code(403, "这个主体没有登记。"),
    "not_registrar": Code(403, "只有登记员的钥匙可以签这种记录。"),
    "not_allowed": Code(403, "这种记录不能由这把钥匙签，或不能写在这条链上。"),
    "too_many_devices": Code(403, "这个人在用的设备太多了，请先请管理员注销不用的。"),
    "unknown_statement": Code(409, "要复核的记录还没有收到，请等它送达后再提交。"),
    # ChainError
    "seq_gap": Code(409, "前面还有记录没有收到，请先补传缺少的编号。"),
    "wrong_prev": Code(409, "与这把钥匙的上一条记录接不上。"),
    "equivocation": Code(409, "这个编号已经有另一条记录。两条都已留证，请用下一个编号重签。"),
    "would_hold": Code(409, "这样记录会使有关批次暂停销售，请先核对。"),
    "already_registered": Code(409, "已经登记过了。"),
    # PrintingError
    "over_print": Code(409, "码不能比包装的多：要印或要登记的超出了包装重量能装的件数。"),
    "not_printed": Code(409, "这些号还没有印过，或不在登记的码段里。"),
    "not_your_lot": Code(403, "这批不是本单位做的、收的或包装的，不能打印它的标签。"),
    "lot_held": Code(409, "这批已暂停销售或召回，不能打印标签。"),
    "not_judged": Code(409, "这批新到的记录还在核对，请过一会儿再打印。"),
    "lot_failed": Code(409, "这批检验不合格或已作废，不能打印标签。"),
    "lot_expired": Code(409, "这批已过保质期，不能打印标签。"),
    "label_incomplete": Code(409, "标签缺少必须标注的内容，不能打印。"),
    "label_illogical": Code(409, "标签内容自相矛盾或不该标注，不能打印。"),
    # ProofError, CannotCheckError
    "does_not_hold": Code(422, "记录对不上，请先别用。"),
    "cannot_be_checked": Code(422, "这里核对不了。"),
    "evidence_too_large": Code(
        422, "这一批的记录或来源太多，证据超过了 8 MiB 或一千个批次，谁也核对不了。"
    ),
    # AccessError
    "unauthorised": Code(401, "请先登录，或带上有效的令牌。"),
    "forbidden": Code(403, "您没有权限查看或操作。"),
    "another_holder": Code(403, "一个令牌只代表一个人，不能用它登记别的使用人代号的设备。"),
    "rate_limited": Code(429, "请求太频繁，请稍后再试。"),
    "measure_spent": Code(429, "近来提交得太多，请过一会儿再传，一条也不会丢。"),
    "chain_crowded": Code(429, "在别人的批次上近来写得太多，请过一会儿再传，不会丢。"),
    "method_not_allowed": Code(405, "这个地址不支持这种请求方法。"),
    # NotFoundError
    "unknown_code": Code(404, "没有这个码，请核对包装上的编号。"),
    "tag_unbound": Code(409, "这个袋签还没有登记。"),
    "code_unregistered": Code(409, "这张标签已打印，还没有登记。"),
    "ambiguous_code": Code(409, "这个号码用在好几个批次上，请扫包装上的码。"),
    "not_found": Code(404, "没有找到。"),
    "evidence_not_ready": Code(404, "记录未齐：形成这个批次的记录还没有到。"),
    # StoreError
    "database_behind": Code(503, "数据库比守护文件旧，可能恢复了旧备份；为防止分叉，已停止服务。"),
    "database_damaged": Code(503, "数据库内容与已签名的检查点对不上，已停止写入。"),
    "database_unavailable": Code(503, "数据库暂时不可用，请稍后再试。"),
    "statement_refused": Code(422, "数据库拒绝保存这一条记录。"),
    "not_set_up": Code(503, "账本还没有建立，或者还没有准备好。"),
    "served_already": Code(
        503,
        "这个账本已经有一个服务在运行。SQLite 只能由一个服务使用；要开几个，请改用 PostgreSQL。",
    ),
    "disk_full": Code(
        507,
        "磁盘满了，暂时写不了，请联系管理员。有回执的都在；没有回执的，请稍后原样再传，一条也不会丢。",
    ),
    "not_writable": Code(
        503,
        "要写的文件或数据库写不了，请管理员检查权限和磁盘。有回执的都在；没有回执的，请稍后再传。",
    ),
    "no_room": Code(507, "服务器的磁盘快满了，暂时不收文件，请联系管理员。"),
    "busy": Code(503, "服务正忙，请稍后再试。"),
    "internal": Code(500, "服务器内部错误，已记录。"),
}


class DaodiError(Exception):
    """A refusal. `code` is stable; `message` is for programmers; `sentence_cn` is for people.

    `details` holds JSON values that help a program to go on, such as the numbers missing in a gap.
    """

    def __init__(self, code: str, message: str, **details: object) -> None:
        assert code in CODES, code  # our own mistake, not the caller's
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details

    @property
    def status(self) -> int:
        """HTTP status that belongs to the code."""
        return CODES[self.code].status

    @property
    def sentence_cn(self) -> str:
        """The sentence that people read."""
        return CODES[self.code].sentence_cn


class FormError(DaodiError):
    """The bytes are not what format v1 says."""


class SignatureError(DaodiError):
    """A signature or a key's bytes do not hold."""


class StandingError(DaodiError):
    """The signer may not say this here and now."""


class ChainError(DaodiError):
    """The key's own chain does not continue with this statement."""


class PrintingError(DaodiError):
    """A label that may not be printed, or a range of codes that may not be registered."""


class ProofError(DaodiError):
    """A proof leads elsewhere. `check` is the step of format v1 section 7, `leaf` the log index."""

    def __init__(self, check: str, message: str, *, leaf: int | None = None) -> None:
        super().__init__("does_not_hold", message, check=check, leaf=leaf)
        self.check = check
        self.leaf = leaf


class CannotCheckError(DaodiError):
    """An algorithm, version, kind or limit beyond what this program knows."""

    def __init__(self, message: str, *, code: str = "cannot_be_checked", **details: object) -> None:
        super().__init__(code, message, **details)


class AccessError(DaodiError):
    """The reader or caller may not."""


class NotFoundError(DaodiError):
    """Nothing of that name."""


class StoreError(DaodiError):
    """The database, the guard or the keys of this server."""
