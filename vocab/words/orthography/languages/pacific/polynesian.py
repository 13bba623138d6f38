"""The orthography packs of Hawaiian and Māori: capitals of days and months."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

HAWAIIAN = replace(
    DEFAULT,
    language="haw",
    pairs=CURLY | {"‘": "’"} | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    capitals=words(
        "Pōʻakahi Pōʻalua Pōʻakolu Pōʻahā Pōʻalima Pōʻaono Lāpule"
        " Ianuali Pepeluali Malaki ʻApelila Mei Iune Iulai ʻAukake Kepakemapa ʻOkakopa Nowemapa"
        " Kēkēmapa Hawaiʻi"
    ),
    abbreviations=words("dr mr mrs ms st no a.m p.m jr"),
)

MAORI = replace(
    HAWAIIAN,
    language="mi",
    capitals=words(
        "Rāhina Rātū Rāapa Rāpare Rāmere Rāhoroi Rātapu Mane Tūrei Wenerei Tāite Paraire"
        " Kohitātea Huitānguru Poutūterangi Paengawhāwhā Haratua Hōngongoi Hereturikōkā Mahuru"
        " Hakihea Hānuere Pēpuere Māehe Āperira Hune Hūrae Ākuhata Hepetema Oketopa Noema"
        " Tīhema Pākehā Aotearoa"
    ),
    homographs=words("Māori Mei Pipiri"),  # wai māori is fresh water
    abbreviations=words("dr mr mrs ms st no wh tkn"),
)
