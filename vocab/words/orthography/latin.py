"""The packs of the other languages with Latin letters."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.common import (
    ANGLED,
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    LOW,
    ORDINALS,
    SINGLE,
    STRAIGHT,
    in_brackets,
)
from vocab.words.orthography.pack import words


def _negations(verbs: str) -> dict[str, tuple[str, ...]]:
    return {f"{verb}n't": (verb, "n't") for verb in verbs.split()}


ENGLISH = replace(
    DEFAULT,
    language="en",
    pairs=STRAIGHT | CURLY | SINGLE | BRACKETS,
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
    beginnings=in_brackets("un re in im dis non mis pre sub de over under self co"),
    endings=in_brackets("s es ed d ing ly er r al n"),
    ordinals=words("st nd rd th s 's am pm AM PM k") | ORDINALS,
    signs=DEFAULT.signs | words("US$ A$ C$ NZ$ HK$"),
)
GERMAN = replace(
    DEFAULT,
    language="de",
    pairs=LOW
    | {"»": "«", "›": "‹", "«": "»", "‹": "›", "“": "”"}  # « » in Switzerland
    | STRAIGHT
    | {"'": "'"}
    | BRACKETS,
    capital_anywhere=True,
    suspended_hyphens=True,
    dotted_ordinals=True,
    beginnings=in_brackets(
        "un Un ver be ge ent er ab an auf aus ein mit vor zu nach um her hin wieder re Re in In ir"
        " sub Sub Mit Ver Be Vor Ab An Auf Aus Ein Nach Um"
    ),
    endings=in_brackets("in innen e en er es em n s r st t te ten nen")
    | words("/-in /-innen :in :innen *in *innen /-r /-n /-s /-en /-e"),
    ordinals=words("%ig %ige %igen %iger %iges %igem ,- ,– ,-- ,— DM") | ORDINALS,
    signs=DEFAULT.signs | words("US$"),
    suffixes={"'s": "es"},
    abbreviations=words(
        "hr fr dr prof usw etc bzw ca evtl ggf inkl nr str st vgl z.b d.h u.a z.t s.o u.s.w jh"
        " jan feb apr jun jul aug sept okt nov dez mio mrd abb bd bde max min geb gest bspw sog"
        " bzgl u.ä o.ä i.d.r u.u v.a d.i n.chr v.chr hrsg aufl tel abs kap ff std sek sr jr"
    ),
)
DUTCH = replace(
    DEFAULT,
    language="nl",
    capital_after_apostrophe=True,
    pairs=CURLY | SINGLE | {"„": "”", "‚": "’"} | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    suffixes={"'s": "'s"},
    suspended_hyphens=True,
    abbreviations=words(
        "dhr mevr mw dr prof drs ir mr ing enz etc bijv bv ca nr o.a d.w.z e.d m.b.t evt a.u.b"
        " i.p.v n.a.v t.a.v m.a.w i.v.m z.s.m a.s j.l p.s vgl blz pag red tel max min"
    ),
    beginnings=in_brackets("on her ver be ont ge de sub in re pre mis mede"),
    endings=in_brackets("s en n e t de te ten den"),
    ordinals=words("e de ste 's ,- ,– ,-- ,—") | ORDINALS,
)
POLISH = replace(
    DEFAULT,
    language="pl",
    pairs={"„": "”", "‚": "’", "'": "'"} | ANGLED | CURLY | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    dotted_ordinals=True,
    beginnings=in_brackets("nie prze po od do współ re pod"),
    endings=in_brackets("a y i e ów em ami ach ą ę m ś my"),
    ordinals=words("zł") | ORDINALS,
    abbreviations=words(
        "p pp prof np itd itp tzw tzn ul al pl os nr ks im ok r w godz min sek tys mln mld m.in"
        " tj św śp wg zob por red str tel gen płk mgr inż dr hab woj n.e p.n.e"
    ),
)
TURKISH = replace(
    DEFAULT,
    language="tr",
    pairs=CURLY | SINGLE | ANGLED | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    sentence_ends=DEFAULT.sentence_ends | {"?..", "!.."},  # two dots behind one, says the TDK
    apostrophe_suffixes=True,
    dotted_ordinals=True,
    endings=in_brackets("lar ler ları leri lı li lu lü lık lik luk lük sı si su sü ı i u ü m n")
    | words("(lar)ı (lar)ın (lar)a (lar)da (lar)dan (lar)la (lar)ını (lar)ına (lar)ında")
    | words("(lar)ının (lar)ından (lar)ıyla (lar)daki (lar)dır")
    | words("(ler)i (ler)in (ler)e (ler)de (ler)den (ler)le (ler)ini (ler)ine (ler)inde")
    | words("(ler)inin (ler)inden (ler)iyle (ler)deki (ler)dir"),
    signs=DEFAULT.signs | {"%"},  # % 20, next to %20
    abbreviations=words(
        "dr prof doç yrd uzm öğr gör av op sn vb vs bkz krş s no cad sok mah yy hz alm ing çev haz"
        " tel m.ö m.s t.c a.ş ltd şti"
    ),
)
