"""The orthography pack of Turkish: suffixes after an apostrophe, and % before a number."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    SINGLE,
    STRAIGHT,
    in_brackets,
)
from vocab.words.orthography.pack import words

TURKISH = replace(
    DEFAULT,
    language="tr",
    pairs=CURLY | SINGLE | ANGLED | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    sentence_ends=DEFAULT.sentence_ends | {"?..", "!.."},  # the TDK writes two dots after ? and !
    apostrophe_suffixes=True,
    name_endings=words(
        "'ın 'in 'un 'ün 'nın 'nin 'nun 'nün 'ı 'i 'u 'ü 'yı 'yi 'yu 'yü 'a 'e 'ya 'ye"
        " 'da 'de 'ta 'te 'dan 'den 'tan 'ten 'la 'le 'yla 'yle"
    ),
    dotted_ordinals=True,
    endings=in_brackets("lar ler ları leri lı li lu lü lık lik luk lük sı si su sü ı i u ü m n")
    | words("(lar)ı (lar)ın (lar)a (lar)da (lar)dan (lar)la (lar)ını (lar)ına (lar)ında")
    | words("(lar)ının (lar)ından (lar)ıyla (lar)daki (lar)dır")
    | words("(ler)i (ler)in (ler)e (ler)de (ler)den (ler)le (ler)ini (ler)ine (ler)inde")
    | words("(ler)inin (ler)inden (ler)iyle (ler)deki (ler)dir"),
    signs=DEFAULT.signs | {"%"},  # % 20 is written as well as %20
    abbreviations=words(
        "dr prof doç yrd uzm öğr gör av op sn vb vs bkz krş s no cad sok mah yy hz alm ing çev haz"
        " tel m.ö m.s t.c a.ş ltd şti"
    ),
)
