"""Words of the identity card: key → (zh, en), part of `words.WORDS`."""

from __future__ import annotations

__all__ = ["PEOPLE"]

PEOPLE = {
    "people.title": ("观众里认得出的有多少", "How many of the viewers we know"),
    "people.lead": (
        "平台给出身份的 {viewers} 位观众中，{share} 已在本人同意下与商城账号确认为同一人；"
        "其余的人在商城买没买，这里不知道。",
        "Of {viewers} viewers whom the platform names, {share} are linked to a mall account, with their "
        "consent. Whether the others bought in the mall is not known here.",
    ),
    "people.nobody": (
        "平台没有给出这些直播间里任何一位观众的身份，所以没有人能与商城账号关联。",
        "The platform names no viewer of these rooms, so nobody can be linked to a mall account.",
    ),
    "people.how": ("凭什么关联", "Linked by"),
    "people.viewers": ("观众", "Viewers"),
    "people.share": ("占比", "Share"),
    "people.A": ("登录、已验证手机号、UnionID", "a login, a verified phone, a UnionID"),
    "people.A-": (
        "一人用过的链接口令、登录过的 OpenID",
        "a link token that one person used, an OpenID that logged in",
    ),
    "people.B": (
        "订单手机号、同一设备（无冲突）",
        "the phone on an order, a device, without any conflict",
    ),
    "people.none": ("没有关联", "not linked"),
    "people.why": ("为什么没有合并（一位观众可有多条）", "Why not (a viewer may have several)"),
    "people.no_consent": ("没有授权记录", "no consent on record"),
    "people.withdrawn": ("本人撤回了授权", "consent was taken back"),
    "people.exclusive": (
        "会把两个账号并成一个人，已拒绝",
        "it would make two accounts one person: refused",
    ),
    "people.shared": ("设备或号码由多人轮流使用", "a device or number that several use by turns"),
    "people.capped": (
        "连着太多人（收银台手机、网吧、群发链接）",
        "seen with too many people (a cashier's phone, a café, a link posted in a group)",
    ),
    "people.not_same": ("人工确认不是同一人", "somebody checked: not the same person"),
    "people.scored": ("只是行为巧合，不合并", "a coincidence only: merges nobody"),
    "people.blocked": ("占位的假号码", "a placeholder, no real identifier"),
    "people.gone": (
        "全店有 {n} 个标识因撤回授权而单独存放，不参与归因。",
        "{n} identifiers of the whole shop stand alone and take no part: consent was taken back.",
    ),
    "people.fuzzy": (
        "另有 {n} 条行为巧合推测（只用于汇总，不触达）；其中错配不超过 {bound}（诱饵估计）。",
        "Besides, {n} links are guessed from coincidences (for sums only, nobody is addressed); at most "
        "{bound} of them are false (estimated with decoys).",
    ),
    "people.kept": ("不显示", "not shown"),
    "people.small": ("少于 {k}", "under {k}"),
}
