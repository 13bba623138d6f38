"""The orthography pack of English: negations with n't, and endings such as 's and 'll."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    BRACKETS,
    CURLY,
    DEFAULT,
    ORDINALS,
    SINGLE,
    STRAIGHT,
    in_brackets,
)
from vocab.words.orthography.pack import words


def _negations(verbs: str) -> dict[str, list[tuple[str, ...]]]:
    # Tokenised corpora have did and n't; others cut at the apostrophe and have didn and 't.
    return {f"{verb}n't": [(verb, "n't"), (f"{verb}n", "'t")] for verb in verbs.split()}


ENGLISH = replace(
    DEFAULT,
    language="en",
    pairs=STRAIGHT | CURLY | SINGLE | BRACKETS,
    suffixes={suffix: suffix for suffix in ("'s", "'re", "'ve", "'ll", "'d", "'m")}
    | {"'": "'s"},  # the dogs' house
    name_endings=words("'s '"),
    contractions=_negations(
        "is are was were do does did has have had could would should must might need"
    )
    | {
        "can't": [("can", "n't"), ("can", "'t")],
        "won't": [("will", "n't"), ("won", "'t")],
        "shan't": [("shall", "n't"), ("shan", "'t")],
    },
    parts=frozenset({"n't", "'t"}),
    capitals=words(
        "I I'm I've I'd I'll Monday Tuesday Wednesday Thursday Friday Saturday Sunday January"
        " February April June July September October November December English Spanish French"
        " German Turkish Italian Portuguese Dutch Russian Greek Arabic Hindi Chinese Japanese"
        " Thai Korean Swedish Danish Norwegian Finnish Icelandic Czech Slovak Hungarian Romanian"
        " Bulgarian Serbian Croatian Ukrainian Latin Hebrew Persian Urdu Bengali Tamil Telugu"
        " Punjabi Vietnamese Indonesian Malay Swahili Irish Welsh Catalan Estonian Latvian"
        " Lithuanian Albanian Armenian Georgian Cantonese"
    ),
    homographs=words("May March August Polish Basque Mandarin"),
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
)
