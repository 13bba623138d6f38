"""The orthography pack of Bengali: the danda, and endings of numbers such as ২১শে and ৫টি."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    BRACKETS,
    CURLY,
    DANDAS,
    DEFAULT,
    LINE_DASHES,
    ORDINALS,
    RAYAS,
    SINGLE,
    STRAIGHT,
)
from vocab.words.orthography.pack import ASCII_DIGITS, words

BENGALI = replace(
    DEFAULT,
    language="bn",
    sentence_ends=DEFAULT.sentence_ends | DANDAS,
    pairs=CURLY | SINGLE | STRAIGHT | BRACKETS,
    particles=words("র এর কে তে এ য় ও ই টি টির টিকে গুলি গুলো গুলির"),
    raya=RAYAS,
    dialogue_dashes=LINE_DASHES,
    digits=ASCII_DIGITS + "০১২৩৪৫৬৭৮৯",
    ordinals=words("লা রা ঠা ই শে ম য় র্থ ষ্ঠ শ তম টি টির টিতে টিকে টা টার টায় জন জনের জনকে খানা খানি গুণ /- +")
    | ORDINALS,
    signs=DEFAULT.signs | words("৳ ₹ $ US$ € £"),
    units=DEFAULT.units | {"৳"},
    abbreviations=words(
        "ড ডা মো মু মি মোসা মোছা প্রফে অধ্যা ইঞ্জি অ্যাড রেভা শ্রী খ্রি খ্রিষ্টপূ বি.দ্র ইং বাং পৃ নং লি প্রা"
        " কি.মি সে.মি মি.মি কে.জি কি.গ্রা মি.লি এম.এ বি.এ বি.এড এম.এড বি.কম এম.কম বি.এসসি এম.এসসি"
        " পি.এইচ.ডি পিএইচ.ডি এম.বি.বি.এস সম্পা সং অনু হি রহ সা রা আ"
    ),
    abbreviation_signs=frozenset(".ঃ"),  # ড. and ডঃ
)
