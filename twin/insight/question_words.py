"""Words of questions in English and Chinese, as regular expressions over lower-case text; the first that fits counts."""

from __future__ import annotations

import re

from twin.insight.question import Side, Statistic

type Rows[T] = tuple[tuple[str, T], ...]

CUT = " · "
"""What stands in a text for a part that was understood."""


def without(text: str, match: re.Match[str]) -> str:
    """The text with a mark in the place of a match."""
    return f"{text[: match.start()]}{CUT}{text[match.end() :]}"


QUANTITIES: Rows[str] = (
    (r"\btemperatures?\b|\bhow (?:warm|hot|cold)\b|温度|气温|室温|多少度(?!电)|几度(?!电)|多热|多冷", "temperature"),
    (r"\b(?:relative )?humidity\b|\bhow humid\b|湿度", "humidity"),
    (r"\bco2\b|\bcarbon dioxide\b|二氧化碳", "co2"),
    (r"\bpm ?2\.5\b|\bfine dust\b|细颗粒物", "pm25"),
    (r"\b(?:illuminance|lux)\b|\bhow bright\b|照度|多亮", "illuminance"),
    (r"\bnoise\b|\bhow loud\b|噪声|噪音|多吵", "noise"),
    (r"\bbatter(?:y|ies)(?: levels?)?\b|电池(?:电量)?|电量", "battery"),
    (r"\bpower\b(?! switch)|\bwatts?\b|功率", "power"),
)
USES: Rows[str] = (
    (r"\b(?:energy|electricity|kwh)\b.*\b(?:export(?:ed)?|fed in|produced?|generated?)\b|\b(?:export(?:ed)?|fed in|produced?|generated?)\b.*\b(?:energy|electricity|kwh)\b|\bsolar (?:energy|electricity)\b|\benergy fed in\b|发了?多少(?:度)?电|发电量?|馈网|上网电量", "energy_export"),
    (r"\bhow much water\b|\bwater (?:used|consumed|consumption|usage)\b|用了?多少水|用水量?", "water_volume"),
    (r"\bhow much gas\b|\bgas (?:used|consumed|consumption|usage)\b|用了?多少气|用气量?|燃气用量", "gas_volume"),
    (r"\benergy\b(?: (?:used?|consumption))?|\b(?:electricity|kwh)\b|\bconsum(?:e|ed|es|ption)\b|\bhow much\b(?! (?:power|light|noise))(?: (?:energy|electricity))?(?=.*\b(?:use|uses|used|using)\b)|用电(?:量|了)?(?:多少度|几度)?|用(?:了|掉)?(?:多少|几)度?电|用(?:了|掉)多少(?:能源|能量)?$|耗电量?|能耗|几度电|多少度电", "energy_import"),
)  # fmt: skip
"""Counters whose use is asked for."""
MOST = r"\bthe most\b|\bmost\b|最"
"""What an answer about use tells anyway: the devices are in the order of their use."""
TOTAL = r"\b(?:in )?total\b|总共|一共|总的?"
ALARMS = (
    r"\b(?:open|active|standing|unacknowledged|current) alarms?\b|未(?:处理|确认)的?(?:报警(?!器)|警报(?!器)|告警)|"
    r"(?<!smoke )(?<!gas )(?<!monoxide )(?<!co )\balarms?\b"
    r"(?: (?:(?:that |which )?are )?(?:still |now |currently )?(?:open|active|standing|unacknowledged)\b)?|"
    r"(?:报警(?!器)|警报(?!器)|告警)(?:还)?(?:未|没有?)(?:处理|确认)的?|"
    r"(?<!烟雾)(?<!烟感)(?<!燃气)(?:报警(?!器)|警报(?!器)|告警)"
)
SIDES: Rows[tuple[Side, bool]] = (
    (r"\bat least\b|>=|≥|至少|(?<=度)(?:及|或)以上|\bor (?:more|higher|warmer|above)\b", (Side.ABOVE, True)),
    (r"\bat most\b|<=|≤|至多|最多(?=\d)|(?<=度)(?:及|或)以下|\bor (?:less|lower|colder|below)\b", (Side.BELOW, True)),
    (r"\b(?:above|over|exceed(?:s|ed|ing)?|(?:more|higher|greater|warmer|hotter|brighter|louder) than)\b|>|超过|超出|高于|大于|多于|高过|以上", (Side.ABOVE, False)),
    (r"\b(?:below|under|(?:less|lower|fewer|colder|cooler|darker) than)\b|<|低于|小于|少于|不到|不足|以下", (Side.BELOW, False)),
)  # fmt: skip
"""Sides of a limit, and whether the limit itself is meant too."""
UNITS: Rows[str] = (
    (r"°|degrees?|摄氏|华氏|度", "°C"), (r"%|percent", "%"), (r"ppm", "ppm"), (r"k?w", "W"), (r"lu?x", "lx"),
)  # fmt: skip
EXTREMES: Rows[Statistic] = (
    (r"\bhow (?:cold|cool)\b|多冷", Statistic.LOWEST), (r"\bhow (?:warm|hot)\b|多热", Statistic.HIGHEST),
)  # fmt: skip
"""Of a period, the value that is asked for by the word for a quantity."""
NATURAL: tuple[tuple[str, float, float], ...] = (("temperature", -30.0, 45.0), ("co2", 400.0, 5000.0))
"""Capabilities of which a limit without a unit can be, where none is named, with the lowest and highest such limit."""
IMPLIED: Rows[str] = (
    (
        r"\b(?:warmer|hotter|colder|cooler) than\b|°|\bdegrees?\b|摄氏|华氏|[\d零一二两三四五六七八九十百] ?度(?!电)",
        "temperature",
    ),
    (r"\bppm\b|\d ?ppm", "co2"),
    (r"\blx\b", "illuminance"),
    (r"\bkw\b|\bw\b", "power"),
)
"""Capabilities that a comparison or a unit tells where none is named."""
TOO: Rows[tuple[str, Side]] = (
    (r"\btoo (?:warm|hot)\b|\boverheated\b|太热|过热|太暖", ("temperature", Side.ABOVE)),
    (r"\btoo (?:cold|cool)\b|\bfreezing\b|太冷|过冷", ("temperature", Side.BELOW)),
    (r"\btoo (?:humid|damp)\b|太潮湿?|潮湿", ("humidity", Side.ABOVE)),
    (r"\btoo dry\b|太干", ("humidity", Side.BELOW)),
    (r"\bstuffy\b|\bbad air\b|\bhigh co2\b|\bco2 (?:is |was )?(?:too )?high\b(?!er)|太闷|很闷|空气(?:不好|差)|二氧化碳(?:浓度)?(?:太|过|偏)?高(?![于过])", ("co2", Side.ABOVE)),
    (r"\b(?:low|weak|empty) batter(?:y|ies)\b|\bbatter(?:y|ies) (?:are |is )?(?:low|weak|empty)\b(?!er)|\bbatter(?:y|ies) (?:that |which |to )?(?:need(?:s|ing)?|should|must|be|replacing|replaced|changing|changed|to| )+(?<=d|g)\b|电池(?:快|要|快要|都)?没电|电池(?:该|要|需要)换|电量低(?!于)|低电量", ("battery", Side.BELOW)),
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
    (r"\bheating\b|\bradiators?\b|暖气片?|供暖|采暖|地暖", (frozenset({"radiator"}), "valve", "")),
    (r"\blights?\b|\blamps?\b|灯光?|灯具", (frozenset({"light", "lamp"}), "on_off", "")),
    (r"\b(?:blinds?|shades?|shutters?|curtains?)\b|窗帘|百叶窗?|卷帘|遮阳帘?", (frozenset({"cover"}), "position", "")),
    (r"\bwindows?\b|窗户(?!帘)|窗子|窗(?!帘)", (frozenset({"contact_sensor"}), "contact", r"window|窗")),
    (r"\b(?:locks?)\b|\bdoors?(?= (?:are |is |were |was )?(?:un)?locked)|门锁|锁", (frozenset({"lock"}), "lock", "")),
    (r"\bdoors?\b|门", (frozenset({"contact_sensor"}), "contact", r"door|门")),
    (r"\b(?:plugs?|sockets?|outlets?)\b|插座", (frozenset({"plug", "outlet"}), "on_off", "")),
    (r"\bswitch(?:es)?\b|开关", (frozenset({"switch"}), "on_off", "")),
    (r"\b(?:tvs?|televisions?)\b|电视机?", (frozenset({"tv"}), "on_off", "")),
    (r"\b(?:water )?leaks?\b|\b(?:water )?leaking\b|漏水", (frozenset({"leak_sensor"}), "water_leak", "")),
    (
        r"\bsmoke(?: (?:alarms?|detectors?))?\b|烟雾(?:报警器|探测器)?|烟感(?:报警器)?",
        (frozenset({"smoke_alarm"}), "smoke", ""),
    ),
    (r"\bmotion\b|\bmov(?:ing|ement)\b|有人移动|移动", (frozenset({"motion_sensor"}), "motion", "")),
)
"""Kinds of devices, the capability that is their state, and a pattern for their names."""
OCCUPIED: Rows[float] = (
    (r"有没有人(?!移动)", 1.0),
    (r"\b(?:unoccupied|vacant|empty|nobody|no one)\b|没有?人|无人|空着", 0.0),
    (r"\bwho(?:'s| is)\b|谁在|\b(?:occupied|somebody|someone|anyone|anybody|in use)\b|有人(?!移动)", 1.0),
)
LOCKED: Rows[float] = (
    (r"\bunlocked\b|(?:\bnot|n['’]t) locked\b|没锁|未锁|未上锁|没上锁", 1.0),
    (r"\blocked\b|锁着|锁了|上了?锁|锁好", 0.0),
)
HEIGHTS: Rows[str] = (
    (r"\bupstairs\b|楼上", "up"),
    (r"\bdownstairs\b|\bground floor\b|楼下|底楼|底层", "ground"),
    (r"\btop floor\b|顶楼|顶层", "top"),
    (r"\b(?:basement|cellar)\b|地下室?", "cellar"),
)
STATES: Rows[float] = (
    (r"忘了?关|忘记关", 1.0),
    (r"\b(?:(?:left |turned |switched )?off|closed|shut)\b|关(?:着|闭|掉|上|好|了)?|熄灭|熄了", 0.0),
    (r"\b(?:(?:left |turned |switched )?on|open(?:ed)?|active|leaking)\b|开(?:着|启|了)?|亮着?|打开|点亮", 1.0),
)  # fmt: skip
"""States by the code of their value; locks and contacts have the same order."""
PRESENCE: Rows[float] = (
    (r"\b(?:offline|unreachable|disconnected|dead|silent)\b|离线|掉线|失联|没有响应", 0.0),
    (r"\b(?:online|reachable|connected)\b|在线", 1.0),
)
COUNTS = r"\bhow many\b|\bnumber of\b|\bcount\b|几(?:个|盏|台|扇|间|把)|多少(?:个|盏|台|扇|间|把)"
ASKING = r"有没有(?!人)|是不是|是否|会不会|能不能|开没开|关没关|锁没锁|(?<=[了着])没有?$|没有?$|\bor not\b"
"""Chinese forms that ask by a negation that denies nothing."""
NEGATION = r"\bnot\b|n['’]t\b|\bno\b|\bnever\b|不|没有?|未"
NEGATIONS = frozenset(
    {"not", "no", "never", "without", "except", "neither", "nor", "cannot", "besides", "instead", "other", "others"}
)
COMPARISONS = frozenset({
    "than", "above", "below", "over", "under", "more", "less", "fewer", "higher", "lower", "warmer", "colder", "hotter", "cooler", "between",
    "exceed", "exceeds", "exceeded", "least", "most", "half", "total", "sum", "turn", "set", "target", "setpoint", "open", "opened", "close", "closed", "off", "twice", "double", "difference", "compared", "cost", "costs", "price", "money",
})  # fmt: skip
TIMES = frozenset({
    "today", "yesterday", "tomorrow", "tonight", "next", "last", "past", "previous", "ago", "since", "until", "before", "after", "when",
    "always", "often", "times", "earlier", "later", "recently", "weekend", "weekends", "morning", "afternoon", "evening", "night", "noon",
    "midnight", "am", "pm", "minute", "minutes", "hour", "hours", "day", "days", "daily", "week", "weeks", "weekly", "month", "months",
    "year", "years", "spring", "summer", "autumn", "winter", "christmas", "easter", "will", "january", "february", "march", "april", "may",
    "june", "july", "august", "september", "october", "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday",
    "saturday", "sunday",
})  # fmt: skip
PLACES = frozenset({
    "garage", "garden", "terrace", "balcony", "attic", "loft", "basement", "cellar", "kitchen", "bathroom", "bedroom", "lounge", "hall",
    "hallway", "corridor", "office", "study", "toilet", "wc", "laundry", "pantry", "shed", "pool", "sauna", "gym", "lobby", "reception",
    "classroom", "outside", "outdoor", "outdoors", "roof", "yard", "stairs", "staircase", "nursery", "conservatory", "greenhouse",
    "upstairs", "downstairs", "driveway", "street", "fridge", "freezer", "oven",
})  # fmt: skip
"""Words for places: where the building has none of that name, no answer is about them."""
BEFORE_THINGS = frozenset({
    "in", "at", "on", "of", "inside", "near", "by", "from", "for", "behind", "beside", "the", "my", "our", "your", "his", "her", "their", "this",
})  # fmt: skip
"""Words before the name of a thing or place."""
FILLERS = frozenset({
    "a", "active", "or", "stand", "standing", "all", "an", "and", "any", "are", "at", "be", "been", "building", "by", "currently", "degree",
    "degrees", "device", "devices", "did", "do", "does", "during", "find", "floor", "for", "from", "give",
    "had", "has", "have", "home", "house", "how", "i", "in", "is", "it", "its", "left", "level", "levels", "list", "there's",
    "long", "many", "me", "much", "my", "now", "of", "on", "our", "please", "right", "room", "rooms", "present", "moment",
    "show", "still", "storey", "tell", "that", "the", "there", "things", "this", "to", "up", "sensor", "sensors", "ever", "every", "each", "anything", "anywhere", "anyone", "us", "use", "uses", "using",
    "used", "value", "values", "was", "we", "were", "what", "what's", "where", "which", "who", "with", "you", "can", "could", "would",
})  # fmt: skip
CHINESE_FILLERS = (
    "我们|你们|房间|哪里|哪儿|以来|多久|多长时间|哪些|哪个|哪几个|什么|请问|请|显示|列出|告诉|现在|目前|当前|一下|设备|传感器|整栋楼?|大楼|多少|所有|全部|各个?|情况|状态|知道|看看|查一?下?|地方|"
    "[的了吗呢是在有里内中我还都过吧几谁家和与被把会用着啊您你想帮个这那处呀也曾]"
)
"""Words that carry no meaning of their own in a question; any other one changes what is asked."""
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "1st": 1, "2nd": 2, "3rd": 3, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
}  # fmt: skip
MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
NUMERAL = "[零一二两三四五六七八九十百]{1,5}"
_DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twelve": 12, "half": 0.5, "half a": 0.5, "half an": 0.5, "半": 0.5,
}  # fmt: skip


def number_of(word: str | None) -> float | None:
    """The number of digits, an English word or a Chinese numeral below 1000; None for none."""
    if not word:
        return None
    if word.isascii() and word.isdigit():
        return float(word)
    if word in _NUMBERS:
        return float(_NUMBERS[word])
    total, digit = 0, 0
    for character in word:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in "十百":
            total, digit = total + (digit or 1) * (10 if character == "十" else 100), 0
        else:
            return None
    return float(total + digit)


def is_numeral(word: str) -> bool:
    """Whether a number is written in Chinese."""
    return re.fullmatch(NUMERAL, word) is not None
