"""The orthography packs: one for each language that has its own, a default for every other.

Sources: CLDR's quotation marks (`common/main/*.xml`, delimiters), the style guides of the
languages' academies, and what public text is found to do (benchmarks/prose.py).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from vocab.words.casing import primary_language
from vocab.words.orthography.pack import (
    ASCII_DIGITS,
    Orthography,
    words,
)

_DEFAULT = Orthography(language="und")
_BRACKETS = {"(": ")", "[": "]"}
_STRAIGHT = {'"': '"'}
_SINGLE = {"'": "'", "‘": "’"}
_CURLY = {"“": "”"}
_ANGLED = {"«": "»"}
_LOW = {"„": "“", "‚": "‘"}
_LINE_DASHES = frozenset({"—", "–", "-", "--"})
_ORDINALS = _DEFAULT.ordinals


def _enclitics(pronouns: str) -> dict[str, str]:
    """Pronouns that attach by a hyphen and count as themselves."""
    return {f"-{pronoun}": pronoun for pronoun in pronouns.split()}


def _in_brackets(parts: str) -> frozenset[str]:
    return frozenset(f"({part})" for part in parts.split())


def _negations(verbs: str) -> dict[str, tuple[str, ...]]:
    return {f"{verb}n't": (verb, "n't") for verb in verbs.split()}


ENGLISH = replace(
    _DEFAULT,
    language="en",
    pairs=_STRAIGHT | _CURLY | _SINGLE | _BRACKETS,
    suffixes={suffix: suffix for suffix in ("'s", "'re", "'ve", "'ll", "'d", "'m")}
    | {"'": "'s"},  # the dogs' house
    contractions=_negations(
        "is are was were do does did has have had could would should must might need"
    )
    | {
        "can't": ("can", "n't"),
        "won't": ("will", "n't"),
        "shan't": ("shall", "n't"),
        "cannot": ("can", "not"),
    },
    parts=frozenset({"n't"}),
    abbreviations=words(
        "mr mrs ms dr st jr sr prof rev hon gen col sgt capt lt gov sen rep etc vs inc ltd co"
        " corp dept est fig no vol ed eds al approx apt ave blvd rd jan feb mar apr jun jul aug"
        " sep sept oct nov dec mon tue wed thu fri sat sun a.m p.m e.g i.e u.s u.k d.c ph.d u.s.a"
        " u.n b.c a.d cf p pp ch sec op viz esp misc messrs maj pvt pres mt ft lb oz min max ext"
        " tel"
    ),
    beginnings=_in_brackets("un re in im dis non mis pre sub de over under self co"),
    endings=_in_brackets("s es ed d ing ly er r al n"),
    ordinals=words("st nd rd th s 's am pm AM PM k") | _ORDINALS,
    signs=_DEFAULT.signs | words("US$ A$ C$ NZ$ HK$"),
)
SPANISH = replace(
    _DEFAULT,
    language="es",
    pairs={"¿": "?", "¡": "!"} | _ANGLED | _CURLY | {"‘": "’"} | _STRAIGHT | _BRACKETS,
    dialogue_dashes=_LINE_DASHES,
    raya=True,
    abbreviations=words(
        "sr sra srta sres sras dr dra d dña ud uds vd vds etc av avda pág págs núm tel prof ej"
        " ee uu aprox c cap fig vol art gral lic ing a.c d.c a.m p.m s.a p.ej ss mm dto dcha izda"
        " dpto ed eds máx mín"
    ),
    beginnings=_in_brackets("re in im des sub pre co auto ex"),
    endings=_in_brackets("s es a as o os n"),
    ordinals=words("º ª er .º .ª .er") | _ORDINALS,
    signs=_DEFAULT.signs | words("US$ n.º N.º nº Nº n° N°"),
)
FRENCH = replace(
    _DEFAULT,
    language="fr",
    pairs=_ANGLED | _CURLY | _STRAIGHT | _BRACKETS,
    inner_spaced=frozenset("«“"),
    spaced_marks=frozenset("?!:;»”"),
    dialogue_dashes=_LINE_DASHES,
    prefixes=words("l d j m t s n c ç qu jusqu lorsqu puisqu quoiqu presqu quelqu entr"),
    bound=words("l d j m t s n c ç qu jusqu lorsqu puisqu quoiqu presqu quelqu entr"),
    suffixes=_enclitics(
        "je tu il elle on nous vous ils elles ce moi toi lui leur le la les y en là ci même mêmes"
    )
    | {"-t-il": "il", "-t-elle": "elle", "-t-on": "on"}
    | {"-m'en": "en", "-t'en": "en"},  # va-t'en
    abbreviations=words(
        "m mm mme mmes mlle mlles mgr dr me etc cf p pp av ex st ste art fig vol chap no éd env bd"
        " boul tél janv févr avr juil sept oct nov déc j.-c c.-à-d p.ex"
    ),
    beginnings=_in_brackets("re ré in im dé dés sous pré co non auto"),
    endings=_in_brackets(
        "s x e es ne nes le les te tes se ses ère ères trice trices rice ice euse nt"
    ),
    ordinals=words("er re e ème ère nd nde") | _ORDINALS,
    signs=_DEFAULT.signs | words("n° N° nº Nº"),
)
GERMAN = replace(
    _DEFAULT,
    language="de",
    pairs=_LOW
    | {"»": "«", "›": "‹", "«": "»", "‹": "›", "“": "”"}  # « » in Switzerland
    | _STRAIGHT
    | {"'": "'"}
    | _BRACKETS,
    capital_anywhere=True,
    suspended_hyphens=True,
    dotted_ordinals=True,
    beginnings=_in_brackets(
        "un Un ver be ge ent er ab an auf aus ein mit vor zu nach um her hin wieder re Re in In ir"
        " sub Sub Mit Ver Be Vor Ab An Auf Aus Ein Nach Um"
    ),
    endings=_in_brackets("in innen e en er es em n s r st t te ten nen")
    | words("/-in /-innen :in :innen *in *innen /-r /-n /-s /-en /-e"),
    ordinals=words("%ig %ige %igen %iger %iges %igem ,- ,– ,-- ,— DM") | _ORDINALS,
    signs=_DEFAULT.signs | words("US$"),
    suffixes={"'s": "es"},
    abbreviations=words(
        "hr fr dr prof usw etc bzw ca evtl ggf inkl nr str st vgl z.b d.h u.a z.t s.o u.s.w jh"
        " jan feb apr jun jul aug sept okt nov dez mio mrd abb bd bde max min geb gest bspw sog"
        " bzgl u.ä o.ä i.d.r u.u v.a d.i n.chr v.chr hrsg aufl tel abs kap ff std sek sr jr"
    ),
)
ITALIAN = replace(
    _DEFAULT,
    language="it",
    pairs=_ANGLED | _CURLY | _SINGLE | _STRAIGHT | _BRACKETS,
    dialogue_dashes=_LINE_DASHES,
    prefixes=words(
        "l d un c n m t s v gl dell all nell dall sull coll pell quell quest bell sant tutt anch"
        " com dov cos quand nient nessun ciascun alcun qualcun senz mezz buon grand ogn neanch"
        " nemmen neppur ventun trent quarant cinquant ottant vent sessant settant novant cent tant"
        " quant null qualcos fors dev sott ch gliel perch finch poich"
    ),
    bound=words(
        "l d c n m t s v gl dell all nell dall sull coll pell quell quest bell sant tutt anch com"
        " dov cos nient senz mezz grand ogn neanch nemmen neppur trent quarant cinquant ottant"
        " vent sessant settant novant cent tant quant null qualcos fors dev sott ch gliel perch"
        " finch poich"
    ),
    abbreviations=words(
        "sig sigg dott prof ecc es pag pagg cap art vol avv ing arch d.c a.c mons rag geom cfr p pp"
        " tel ss gen feb mar apr mag giu lug ago set ott nov dic"
    ),
    beginnings=_in_brackets("re ri in im dis sub pre co auto ex non"),
    endings=_in_brackets("i e a o"),
    ordinals=words("º ª") | _ORDINALS,
    signs=_DEFAULT.signs | words("n° N°"),
)
PORTUGUESE = replace(
    _DEFAULT,
    language="pt",
    pairs=_CURLY | _ANGLED | _SINGLE | _STRAIGHT | _BRACKETS,
    dialogue_dashes=_LINE_DASHES,
    raya=True,
    prefixes=words("d"),
    bound=words("d"),
    suffixes=_enclitics("me te se o a os as lhe lhes nos vos")
    | {"-lo": "o", "-la": "a", "-los": "os", "-las": "as", "-no": "o", "-na": "a", "-nas": "as"},
    abbreviations=words(
        "sr sra srs sras dr dra d dona prof profa etc av pág págs ex tel vol art r séc aprox núm"
        " cap fig p.ex a.c d.c s.a ltda cia eng dto esq"
    ),
    beginnings=_in_brackets("re in im des sub pré co auto ex"),
    endings=_in_brackets("s es a as o os m"),
    ordinals=words("º ª .º .ª") | _ORDINALS,
    signs=_DEFAULT.signs | words("R$ US$ Cr$ CR$ Cz$ n.º N.º nº Nº n° N°"),
)
DUTCH = replace(
    _DEFAULT,
    language="nl",
    capital_after_apostrophe=True,
    pairs=_CURLY | _SINGLE | {"„": "”", "‚": "’"} | _STRAIGHT | _BRACKETS,
    dialogue_dashes=_LINE_DASHES,
    suffixes={"'s": "'s"},
    suspended_hyphens=True,
    abbreviations=words(
        "dhr mevr mw dr prof drs ir mr ing enz etc bijv bv ca nr o.a d.w.z e.d m.b.t evt a.u.b"
        " i.p.v n.a.v t.a.v m.a.w i.v.m z.s.m a.s j.l p.s vgl blz pag red tel max min"
    ),
    beginnings=_in_brackets("on her ver be ont ge de sub in re pre mis mede"),
    endings=_in_brackets("s en n e t de te ten den"),
    ordinals=words("e de ste 's ,- ,– ,-- ,—") | _ORDINALS,
)
POLISH = replace(
    _DEFAULT,
    language="pl",
    pairs={"„": "”", "‚": "’", "'": "'"} | _ANGLED | _CURLY | _STRAIGHT | _BRACKETS,
    dialogue_dashes=_LINE_DASHES,
    dotted_ordinals=True,
    beginnings=_in_brackets("nie prze po od do współ re pod"),
    endings=_in_brackets("a y i e ów em ami ach ą ę m ś my"),
    ordinals=words("zł") | _ORDINALS,
    abbreviations=words(
        "p pp prof np itd itp tzw tzn ul al pl os nr ks im ok r w godz min sek tys mln mld m.in"
        " tj św śp wg zob por red str tel gen płk mgr inż dr hab woj n.e p.n.e"
    ),
)
RUSSIAN = replace(
    _DEFAULT,
    language="ru",
    pairs=_ANGLED | {"„": "“", "“": "”"} | _STRAIGHT | _BRACKETS,
    sentence_ends=_DEFAULT.sentence_ends | {"?..", "!.."},
    dialogue_dashes=_LINE_DASHES,
    beginnings=_in_brackets("не по пере со при до за от"),
    endings=_in_brackets("а ы и ов ей ая ые ой их ых ся сь ла ли"),
    suffixes=_enclitics("то нибудь либо таки ка"),
    abbreviations=words(
        "т.е т.д т.п т.к т.н т.о н.э г гг в вв др им ул пл пр пер обл кв корп стр руб коп тыс млн"
        " млрд см проф акад доц ред изд кн гл рис табл напр чел шт мин сек час тел"
    ),
)
GREEK = replace(
    _DEFAULT,
    language="el",
    sentence_ends=frozenset({".", "!", ";", "…", "...", ";!", "!;"}),  # ; asks
    pauses=frozenset(",·:"),
    pairs=_ANGLED | _CURLY | {"‘": "’"} | _STRAIGHT | _BRACKETS,
    dialogue_dashes=_LINE_DASHES,
    raya=True,
    final_sigma=True,
    bare_capitals=True,
    abbreviations=words(
        "κ κα κος κ.λπ κλπ κ.τ.λ κτλ κ.ά π.χ λ.χ δηλ μ.χ π.μ μ.μ αρ σελ βλ δρ εκδ τηλ"
    ),
    endings=_in_brackets("ς η ης α ες οι ων"),
    ordinals=words("ος η ο ης") | _ORDINALS,
)
TURKISH = replace(
    _DEFAULT,
    language="tr",
    pairs=_CURLY | _SINGLE | _ANGLED | _STRAIGHT | _BRACKETS,
    dialogue_dashes=_LINE_DASHES,
    apostrophe_suffixes=True,
    dotted_ordinals=True,
    abbreviations=words(
        "dr prof doç yrd uzm öğr gör av op sn vb vs bkz krş s no cad sok mah yy hz alm ing çev haz"
        " tel m.ö m.s t.c a.ş ltd şti"
    ),
)
ARABIC = replace(
    _DEFAULT,
    language="ar",
    sentence_ends=frozenset({".", "!", "؟", "…", "...", "؟!", "!؟"}),
    pauses=frozenset("،؛:"),
    pairs=_ANGLED | _CURLY | {"”": "“"} | _STRAIGHT | _BRACKETS,
    raya=True,
    dialogue_dashes=_LINE_DASHES,
    digits=ASCII_DIGITS + "٠١٢٣٤٥٦٧٨٩",
    abbreviations=words("د أ م ص ق.م إلخ"),
)
HINDI = replace(
    _DEFAULT,
    language="hi",
    sentence_ends=frozenset({"।", "॥", ".", "!", "?", "…", "...", "?!", "!?"}),
    pairs=_CURLY | _SINGLE | _STRAIGHT | _BRACKETS,
    digits=ASCII_DIGITS + "०१२३४५६७८९",
    abbreviations=words("डॉ श्री प्रो पं कु रु कि.मी ई.पू"),
)
_UNSPACED = replace(
    _DEFAULT,
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
    pairs=_CURLY
    | _STRAIGHT
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
    pairs=_CURLY | {"‘": "’"} | _STRAIGHT | _BRACKETS,
    spaced_dashes=_DEFAULT.spaced_dashes,
    digits=ASCII_DIGITS + "๐๑๒๓๔๕๖๗๘๙",
)

PACKS = {
    pack.language: pack
    for pack in (
        ENGLISH, SPANISH, FRENCH, GERMAN, ITALIAN, PORTUGUESE, DUTCH, POLISH, RUSSIAN, GREEK,
        TURKISH, ARABIC, HINDI, CHINESE, JAPANESE, THAI,
    )
}  # fmt: skip


@cache
def orthography_for(language: str) -> Orthography:
    """Return the pack of a BCP-47 tag, the default one for a language without its own."""
    pack = PACKS.get(primary_language(language), _DEFAULT)
    return replace(pack, language=language)
