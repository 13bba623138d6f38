"""The packs of the languages with other letters than Latin ones, or none."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.common import (
    ANGLED,
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    ORDINALS,
    RAYAS,
    SINGLE,
    STRAIGHT,
    enclitics,
    in_brackets,
)
from vocab.words.orthography.pack import ASCII_DIGITS, words

RUSSIAN = replace(
    DEFAULT,
    language="ru",
    pairs=ANGLED | {"„": "“", "“": "”"} | STRAIGHT | BRACKETS,
    sentence_ends=DEFAULT.sentence_ends | {"?..", "!.."},
    dialogue_dashes=LINE_DASHES,
    beginnings=in_brackets("не по пере со при до за от"),
    endings=in_brackets("а ы и ов ей ая ые ой их ых ся сь ла ли"),
    suffixes=enclitics("то нибудь либо таки ка"),
    abbreviations=words(
        "т.е т.д т.п т.к т.н т.о н.э г гг в вв др им ул пл пр пер обл кв корп стр руб коп тыс млн"
        " млрд см проф акад доц ред изд кн гл рис табл напр чел шт мин сек час тел"
    ),
)
GREEK = replace(
    DEFAULT,
    language="el",
    sentence_ends=frozenset({".", "!", ";", "…", "...", ";!", "!;"}),  # ; asks
    pauses=frozenset(",·:"),
    pairs=ANGLED | CURLY | {"‘": "’"} | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    raya=RAYAS,
    final_sigma=True,
    bare_capitals=True,
    abbreviations=words(
        "κ κα κος κ.λπ κλπ κ.τ.λ κτλ κ.ά π.χ λ.χ δηλ μ.χ π.μ μ.μ αρ σελ βλ δρ εκδ τηλ"
    ),
    endings=in_brackets("ς η ης α ες οι ων"),
    ordinals=words("ος η ο ης") | ORDINALS,
)
ARABIC = replace(
    DEFAULT,
    language="ar",
    sentence_ends=frozenset(
        {".", "!", "؟", "…", "...", "....", "؟!", "!؟", "...؟", "...!", "…؟", "…!", "؟...", "!..."}
        | {"!!", "!!!", "؟؟", "؟؟؟", "؟!!", "؟؟!", "!!؟"}
    ),
    pauses=frozenset("،؛:,"),  # the last where the keyboard has no other
    pairs=ANGLED | CURLY | {"”": "“"} | SINGLE | STRAIGHT | BRACKETS,
    # What is inserted stands -between dashes- that touch it, whichever the keyboard has.
    spaced_dashes=DEFAULT.spaced_dashes | {"‒"},
    tight_dashes=DEFAULT.tight_dashes | {"‒"},
    raya=RAYAS | {"‒", "-"},
    dialogue_dashes=LINE_DASHES,
    proclitics=words(
        "و ف ب ل ك ال وال بال فال كال لل ولل وب ول فب فل وك أ"
        " وـ فـ بـ لـ كـ الـ والـ بالـ فالـ كالـ للـ وللـ وبـ ولـ فبـ فلـ وكـ"
    ),
    digits=ASCII_DIGITS + "٠١٢٣٤٥٦٧٨٩",
    abbreviations=words("د أ م ص ق.م إلخ"),
)
HINDI = replace(
    DEFAULT,
    language="hi",
    sentence_ends=DEFAULT.sentence_ends | {"।", "॥", "...।", "…।"},
    pairs=CURLY | SINGLE | STRAIGHT | BRACKETS,
    endings=in_brackets("ओं ों यों ियों एँ एं ें याँ यां ियाँ ियां ये ए े ी ा"),  # किताब(ें)
    digits=ASCII_DIGITS + "०१२३४५६७८९",
    ordinals=words("वाँ वां वा वीं वी वें वे ला ली ले रा री रे था थी थे ठा ठी ठे") | ORDINALS,
    abbreviations=words("डॉ श्री प्रो पं कु रु कि.मी ई.पू"),
)
_UNSPACED = replace(
    DEFAULT,
    spaced=False,
    spaced_dashes=frozenset(),
    dialogue_dashes=frozenset(),
)
CHINESE = replace(
    _UNSPACED,
    language="zh",
    sentence_ends=frozenset(
        {
            "。",
            "！",
            "？",
            "……",
            "…",
            "？！",
            "！？",
            "……？",
            "……！",
            "！！",
            "！！！",
            "？？",
            "？？？",
        }
    ),
    pauses=frozenset("，、；："),
    pairs=CURLY
    | STRAIGHT
    | {"‘": "’", "「": "」", "『": "』", "《": "》", "〈": "〉", "（": "）", "(": ")", "【": "】"},
    tight_dashes=frozenset({"——", "—", "·", "～", "－", "/"}),
)
JAPANESE = replace(
    _UNSPACED,
    language="ja",
    sentence_ends=frozenset(
        {"。", "！", "？", "…", "……", "！？", "？！", "…。", "……。", "……！", "……？"}
        | {"！！", "！！！", "？？", "？？？"}
    ),
    pauses=frozenset("、：；，"),
    pairs={
        "「": "」",
        "『": "』",
        "（": "）",
        "(": ")",
        "【": "】",
        "〈": "〉",
        "《": "》",
        "“": "”",
    },
    tight_dashes=frozenset({"——", "―", "――", "—", "・", "～", "〜", "/"}),
)
THAI = replace(
    _UNSPACED,
    language="th",
    # Thai ends its phrases and sentences by a space.
    sentence_ends=frozenset({".", "!", "?", "…", "...", "?!", "!?"}),
    pairs=CURLY | {"‘": "’"} | STRAIGHT | BRACKETS,
    spaced_dashes=DEFAULT.spaced_dashes,
    digits=ASCII_DIGITS + "๐๑๒๓๔๕๖๗๘๙",
)
