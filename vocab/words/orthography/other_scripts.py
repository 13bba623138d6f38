"""The packs of the languages with other letters than Latin ones, or none."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

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
# What a list of things follows.
_COLON_DASHES = frozenset({":-", ":–", ":—"})
_CONSONANTS = "कखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह"
HINDI = replace(
    DEFAULT,
    language="hi",
    sentence_ends=DEFAULT.sentence_ends | {"।", "॥", "।।", "...।", "…।"},
    pauses=DEFAULT.pauses | _COLON_DASHES,
    pairs=CURLY | SINGLE | STRAIGHT | BRACKETS,
    # A colon with a space before it is told from a visarga by that: नाम : राम, नाम :- राम.
    spaced_dashes=DEFAULT.spaced_dashes | {":"} | _COLON_DASHES,
    # As often as not a dash touches one of its words: राम- मेरा दोस्त.
    raya=RAYAS | {"-"},
    dialogue_dashes=LINE_DASHES,
    respelt={"ः": ":"},
    # किताब(ें), करता(ती), and what repeats the last letter: उम्मीदवार(रों).
    endings=in_brackets("ओं ों यों ियों एँ एं ें याँ यां ियाँ ियां ये ए े ी ा ई यी")
    | in_brackets(" ".join(map("".join, product(_CONSONANTS, ("ों", "ें", "े", "ी", "ा"))))),
    digits=ASCII_DIGITS + "०१२३४५६७८९",
    max_digits=12,  # telephones have ten in one piece, people twelve
    ordinals=words("वाँ वां वा वीं वी वें वे ला ली ले रा री रे था थी थे ठा ठी ठे /- /– +") | ORDINALS,
    signs=DEFAULT.signs | words("₹ रु. रु॰ Rs. $ US$ € £"),
    abbreviations=words(
        "डॉ श्री श्रीमती सुश्री कु प्रो पं मो मु मि मे ले सं पृ क्र रु पै ई ई.पू ई॰पू वि.सं वि॰सं जि ता"
        " कि.मी कि॰मी से.मी से॰मी मि.मी मि॰मी मी कि.ग्रा कि॰ग्रा ग्रा ली मि.ली मि॰ली से"
        " बी.ए एम.ए बी॰ए एम॰ए बी.एड एम.एड बी.एससी एम.एससी बी.कॉम एम.कॉम पी.एच.डी पीएच.डी एल.एल.बी"
        " उ.प्र म.प्र उ॰प्र म॰प्र प्रा लि भा.प्र.से स.अ रा.प्र उदा अनु सम्पा संपा आई.ए.एस आई.पी.एस"
    ),
    abbreviation_signs=frozenset(".॰०"),  # डॉ. and डॉ॰, for which many type a zero
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
