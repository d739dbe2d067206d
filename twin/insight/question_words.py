"""Words of questions in English and Chinese, as regular expressions over lower-case text; the first that fits counts."""

from __future__ import annotations

from twin.insight.question import Side, Statistic

type Rows[T] = tuple[tuple[str, T], ...]

QUANTITIES: Rows[str] = (
    (r"\btemperatures?\b|\bhow (?:warm|hot|cold)\b|温度|气温|室温|多少度|几度|多热|多冷", "temperature"),
    (r"\b(?:relative )?humidity\b|\bhow humid\b|湿度", "humidity"),
    (r"\bco2\b|\bcarbon dioxide\b|二氧化碳", "co2"),
    (r"\bpm ?2\.5\b|\bfine dust\b|细颗粒物", "pm25"),
    (r"\b(?:illuminance|lux)\b|\bhow bright\b|照度|多亮", "illuminance"),
    (r"\bnoise\b|\bhow loud\b|噪声|噪音|多吵", "noise"),
    (r"\bbatter(?:y|ies)(?: levels?)?\b|电池(?:电量)?", "battery"),
    (r"\bpower\b|\bwatts?\b|功率", "power"),
)
USES = r"\benergy\b|\belectricity\b|\bkwh\b|\bconsum(?:e|ed|es|ption)\b|\bhow much\b.*\b(?:use|used|using)\b|用了?多少电|耗电量?|用电量?|能耗|几度电|多少度电"
ALARMS = r"\balarms?\b|报警|警报|告警"
SIDES: Rows[Side] = (
    (r"\b(?:above|over|exceed(?:s|ed|ing)?|(?:more|higher|greater|warmer|hotter|brighter|louder) than)\b|>|超过|高于|大于|多于|以上", Side.ABOVE),
    (r"\b(?:below|under|(?:less|lower|fewer|colder|cooler|darker) than)\b|<|低于|小于|少于|不到|以下", Side.BELOW),
)  # fmt: skip
IMPLIED: Rows[str] = (
    (r"\b(?:warmer|hotter|colder|cooler) than\b|°|\bdegrees?\b|摄氏|华氏|\d ?度", "temperature"),
    (r"\bppm\b", "co2"),
    (r"\blx\b", "illuminance"),
    (r"\bkw\b|\bw\b", "power"),
)
"""Capabilities that a comparison or a unit tells where none is named."""
TOO: Rows[tuple[str, Side]] = (
    (r"\btoo (?:warm|hot)\b|\boverheated\b|太热|过热|太暖", ("temperature", Side.ABOVE)),
    (r"\btoo (?:cold|cool)\b|\bfreezing\b|太冷|过冷", ("temperature", Side.BELOW)),
    (r"\btoo (?:humid|damp)\b|太潮|潮湿", ("humidity", Side.ABOVE)),
    (r"\btoo dry\b|太干", ("humidity", Side.BELOW)),
    (r"\bstuffy\b|\bbad air\b|太闷|很闷|空气不好", ("co2", Side.ABOVE)),
    (r"\b(?:low|weak|empty) batter(?:y|ies)\b|\bbatter(?:y|ies) (?:are |is )?(?:low|weak|empty)\b|电池没电|电量低|低电量", ("battery", Side.BELOW)),
)  # fmt: skip
ENDS: Rows[tuple[str, Side]] = (
    (r"\b(?:warmest|hottest)\b|最热|最暖和?", ("temperature", Side.ABOVE)),
    (r"\b(?:coldest|coolest)\b|最冷", ("temperature", Side.BELOW)),
    (r"\b(?:most humid|dampest)\b|最潮湿?", ("humidity", Side.ABOVE)),
    (r"\bdriest\b|最干燥?", ("humidity", Side.BELOW)),
    (r"\bbrightest\b|最亮", ("illuminance", Side.ABOVE)),
    (r"\bdarkest\b|最暗", ("illuminance", Side.BELOW)),
    (r"\b(?:stuffiest|worst air)\b|最闷", ("co2", Side.ABOVE)),
)
STATISTICS: Rows[Statistic] = (
    (r"\b(?:average|mean)\b|平均", Statistic.MEAN),
    (r"\b(?:maximum|max|highest|peak|most)\b|最高|最大|最多", Statistic.HIGHEST),
    (r"\b(?:minimum|min|lowest|least)\b|最低|最小|最少", Statistic.LOWEST),
)
THINGS: Rows[tuple[frozenset[str], str, str]] = (
    (r"\blights?\b|\blamps?\b|灯光?|灯具", (frozenset({"light", "lamp"}), "on_off", "")),
    (r"\bwindows?\b|窗户|窗子|窗", (frozenset({"contact_sensor"}), "contact", r"window|窗")),
    (r"\b(?:locks?)\b|\bdoors?(?= (?:are |is |were |was )?(?:un)?locked)|门锁|锁", (frozenset({"lock"}), "lock", "")),
    (r"\bdoors?\b|门", (frozenset({"contact_sensor"}), "contact", r"door|门")),
    (r"\b(?:plugs?|sockets?|outlets?)\b|插座", (frozenset({"plug", "outlet"}), "on_off", "")),
    (r"\bswitch(?:es)?\b|开关", (frozenset({"switch"}), "on_off", "")),
    (r"\b(?:tvs?|televisions?)\b|电视机?", (frozenset({"tv"}), "on_off", "")),
    (r"\b(?:water )?leaks?\b|\bleaking\b|漏水", (frozenset({"leak_sensor"}), "water_leak", "")),
    (r"\bsmoke\b|烟雾", (frozenset({"smoke_alarm"}), "smoke", "")),
    (r"\bmotion\b|\bmov(?:ing|ement)\b|有人移动|移动", (frozenset({"motion_sensor"}), "motion", "")),
)
"""Kinds of devices, the capability that is their state, and a pattern for their names."""
OCCUPIED: Rows[float] = (
    (r"\b(?:unoccupied|vacant|empty|nobody|no one)\b|没有?人|无人|空着", 0.0),
    (r"\bwho(?:'s| is)\b|谁在|\b(?:occupied|somebody|someone|anyone|anybody|in use)\b|有人", 1.0),
)
LOCKED: Rows[float] = (
    (r"\bunlocked\b|\bnot locked\b|没锁|未锁|未上锁|没上锁", 1.0),
    (r"\blocked\b|锁着|上了?锁|锁好", 0.0),
)
HEIGHTS: Rows[str] = (
    (r"\bupstairs\b|楼上", "up"),
    (r"\bdownstairs\b|\bground floor\b|楼下|底楼|底层", "ground"),
    (r"\btop floor\b|顶楼|顶层", "top"),
    (r"\b(?:basement|cellar)\b|地下室?", "cellar"),
)
STATES: Rows[float] = (
    (r"\b(?:not|n't) (?:on|open|locked|closed)\b", -1.0),
    (r"\b(?:(?:left |turned |switched )?off|closed|shut)\b|关着|关闭|关掉|关上|关好|熄灭|熄了", 0.0),
    (r"\b(?:(?:left |turned |switched )?on|open(?:ed)?|active|leaking)\b|开着|亮着|没关|忘关|打开|开启|点亮|没有关", 1.0),
)  # fmt: skip
"""States by the code of their value; locks and contacts have the same order. -1: the contrary of what follows."""
PRESENCE: Rows[float] = (
    (r"\b(?:offline|unreachable|disconnected|dead|silent)\b|离线|掉线|失联|没有响应", 0.0),
    (r"\b(?:online|reachable|connected)\b|在线", 1.0),
)
COUNTS = r"\bhow many\b|\bnumber of\b|\bcount\b|几(?:个|盏|台|扇|间|把)|多少(?:个|盏|台|扇|间|把)"
FILLERS = frozenset({
    "a", "active", "or", "stand", "standing", "all", "an", "and", "any", "are", "at", "be", "been", "building", "by", "currently", "degree",
    "degrees", "device", "devices", "did", "do", "does", "during", "find", "floor", "for", "from", "give",
    "had", "has", "have", "home", "house", "how", "in", "is", "it", "its", "left", "level", "levels", "list",
    "long", "many", "me", "much", "my", "not", "now", "of", "on", "our", "please", "right", "room", "rooms",
    "show", "still", "storey", "tell", "than", "that", "the", "there", "things", "to", "today", "up", "use",
    "used", "value", "values", "was", "were", "what", "when", "where", "which", "who", "with",
})  # fmt: skip
CHINESE_FILLERS = (
    "的了吗呢哪些哪个哪几个什么是在有里内中请问显示列出告诉我现在目前当前还都房间设备一下过吧多少几谁家整栋楼和与被把会"
)
"""Characters that carry no meaning of their own in a question."""
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "1st": 1, "2nd": 2, "3rd": 3, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
}  # fmt: skip
