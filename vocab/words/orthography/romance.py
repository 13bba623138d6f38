"""The packs of Spanish, French, Italian and Portuguese."""

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
from vocab.words.orthography.pack import words

SPANISH = replace(
    DEFAULT,
    language="es",
    pairs={"¿": "?", "¡": "!"} | ANGLED | CURLY | {"‘": "’"} | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    raya=RAYAS,
    abbreviations=words(
        "sr sra srta sres sras dr dra d dña ud uds vd vds etc av avda pág págs núm tel prof ej"
        " ee uu aprox c cap fig vol art gral lic ing a.c d.c a.m p.m s.a p.ej ss mm dto dcha izda"
        " dpto ed eds máx mín"
    ),
    beginnings=in_brackets("re in im des sub pre co auto ex"),
    endings=in_brackets("s es a as o os n"),
    ordinals=words("º ª er .º .ª .er") | ORDINALS,
    signs=DEFAULT.signs | words("US$ n.º N.º nº Nº n° N°"),
)
FRENCH = replace(
    DEFAULT,
    language="fr",
    pairs=ANGLED | CURLY | STRAIGHT | BRACKETS,
    inner_spaced=frozenset("«“"),
    spaced_marks=frozenset("?!:;»”"),
    dialogue_dashes=LINE_DASHES,
    prefixes=words("l d j m t s n c ç qu jusqu lorsqu puisqu quoiqu presqu quelqu entr"),
    bound=words("l d j m t s n c ç qu jusqu lorsqu puisqu quoiqu presqu quelqu entr"),
    suffixes=enclitics(
        "je tu il elle on nous vous ils elles ce moi toi lui leur le la les y en là ci même mêmes"
    )
    | {"-t-il": "il", "-t-elle": "elle", "-t-on": "on"}
    | {"-m'en": "en", "-t'en": "en"},  # va-t'en
    abbreviations=words(
        "m mm mme mmes mlle mlles mgr dr me etc cf p pp av ex st ste art fig vol chap no éd env bd"
        " boul tél janv févr avr juil sept oct nov déc j.-c c.-à-d p.ex"
    ),
    beginnings=in_brackets("re ré in im dé dés sous pré co non auto"),
    endings=in_brackets(
        "s x e es ne nes le les te tes se ses ère ères trice trices rice ice euse nt"
    ),
    ordinals=words("er re e ème ère nd nde") | ORDINALS,
    signs=DEFAULT.signs | words("n° N° nº Nº"),
)
ITALIAN = replace(
    DEFAULT,
    language="it",
    pairs=ANGLED | CURLY | SINGLE | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
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
    beginnings=in_brackets("re ri in im dis sub pre co auto ex non"),
    endings=in_brackets("i e a o"),
    ordinals=words("º ª") | ORDINALS,
    signs=DEFAULT.signs | words("n° N°"),
)
PORTUGUESE = replace(
    DEFAULT,
    language="pt",
    pairs=CURLY | ANGLED | SINGLE | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    raya=RAYAS,
    prefixes=words("d"),
    bound=words("d"),
    suffixes=enclitics("me te se o a os as lhe lhes nos vos")
    | {"-lo": "o", "-la": "a", "-los": "os", "-las": "as", "-no": "o", "-na": "a", "-nas": "as"},
    abbreviations=words(
        "sr sra srs sras dr dra d dona prof profa etc av pág págs ex tel vol art r séc aprox núm"
        " cap fig p.ex a.c d.c s.a ltda cia eng dto esq"
    ),
    beginnings=in_brackets("re in im des sub pré co auto ex"),
    endings=in_brackets("s es a as o os m"),
    ordinals=words("º ª .º .ª") | ORDINALS,
    signs=DEFAULT.signs | words("R$ US$ Cr$ CR$ Cz$ n.º N.º nº Nº n° N°"),
)
