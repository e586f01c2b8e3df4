"""What pictures and explanations of people say, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from liveattr.errors import ParameterError

__all__ = ["EVIDENCE_WORDS", "KINDS", "REASON_WORDS", "SENTENCES", "check_language", "word"]

KINDS: Mapping[str, tuple[str, str]] = {
    "uid_douyin": ("抖音 UID", "Douyin UID"),
    "uid_kuaishou": ("快手 UID", "Kuaishou UID"),
    "uid_channels": ("视频号 UID", "Channels UID"),
    "uid_taobao": ("淘宝 UID", "Taobao UID"),
    "mall_account": ("商城账号", "mall account"),
    "phone": ("手机号", "phone"),
    "openid": ("OpenID", "OpenID"),
    "unionid": ("UnionID", "UnionID"),
    "member_card": ("会员卡", "member card"),
    "device": ("设备", "device"),
    "visitor": ("访客", "visitor"),
    "link_token": ("追踪链接", "tracked link"),
    "ip": ("IP 地址", "IP address"),
}

EVIDENCE_WORDS: Mapping[str, tuple[str, str]] = {
    "unionid": ("同一 UnionID", "UnionID"),
    "phone_verified": ("验证手机", "verified"),
    "login": ("登录", "login"),
    "link_login": ("链接登录", "link login"),
    "member_card": ("会员卡", "card"),
    "openid_login": ("微信登录", "login"),
    "link_token": ("追踪链接", "link"),
    "order_phone": ("订单手机", "on an order"),
    "device_login": ("设备登录", "login"),
    "shared_link": ("转发链接", "shared link"),
    "device_seen": ("同一设备", "same device"),
    "scored": ("推测", "scored"),
    "not_same": ("不是同一人", "not the same"),
}

REASON_WORDS: Mapping[str, tuple[str, str]] = {
    "exclusive": ("一人只能有一个", "one a person"),
    "not_same": ("已确认不是同一人", "said not the same"),
    "scored": ("推测不算数", "only scored"),
    "blocked": ("占位值", "placeholder"),
    "capped": ("牵连的人太多", "ties too many"),
    "shared": ("多人轮流使用", "shared by turns"),
    "no_consent": ("未获同意", "no consent"),
    "withdrawn": ("同意已撤回", "withdrawn"),
}

SENTENCES: Mapping[str, tuple[str, str]] = {
    "same": ("是同一个人。", "One person."),
    "apart": ("没有合为一人。", "Not one person."),
    "link": ("最弱的一环：{evidence}（{tier} 级）。", "The weakest link: {evidence} (tier {tier})."),
    "self": ("是同一个标识。", "The same identifier."),
    "nothing": ("没有任何证据把两者连在一起。", "No evidence leads from one to the other."),
    "refused": ("没有采用的证据：{n} 条。", "Evidence that was refused: {n}."),
    "step": ("第 {n} 步", "step {n}"),
    "seen": ("见过 {n} 次", "seen {n} ×"),
    "clash": ("{kind}：{a} 与 {b}", "{kind}: {a} and {b}"),
    "held": ("{what} 不连接任何人", "{what} joins nobody"),
    "more": ("… 另有 {n} 个", "… and {n} more"),
    "columns": ("平台 UID|设备与访客|手机与微信|商城账号", "platform UID|device, visitor|phone, WeChat|mall account"),
    "strong": ("A 级：登录、验证", "A: login, verified"),
    "good": ("A- 级：专属链接", "A-: own link"),
    "weak": ("B 级：线索", "B: a hint"),
    "rest": ("其余证据", "more evidence"),
    "no": ("× 没有采用", "× refused"),
}  # fmt: skip


def check_language(lang: str) -> int:
    """Return the place of a language in the words above.

    Raises
    ------
    ParameterError
        If there is no such language.
    """
    if lang not in ("zh", "en"):
        raise ParameterError(f"there is no language {lang!r}; choose zh or en")
    return 0 if lang == "zh" else 1


def word(words: Mapping[str, tuple[str, str]], key: str, lang: str) -> str:
    """Return a word in a language; a word that nobody knows stands for itself."""
    at = check_language(lang)
    return words[key][at] if key in words else key
