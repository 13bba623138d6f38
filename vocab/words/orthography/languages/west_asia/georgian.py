"""The orthography pack of Georgian: „ “, no capitals, მე- before numbers."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    BRACKETS,
    DEFAULT,
    LINE_DASHES,
    ORDINALS,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

GEORGIAN = replace(
    DEFAULT,
    language="ka",
    pairs={"„": "“"} | ANGLED | STRAIGHT | BRACKETS,
    closing_variants={"“": "”"},  # on many keyboards
    dialogue_dashes=LINE_DASHES,
    number_prefixes=words("მე"),  # მე-20 საუკუნე; მე is also I
    # 5-ის, 1990-იანი, 12-მდე
    ordinals=words(
        "-ის -ს -ში -ზე -მა -მ -ით -ად -თან -დან -მდე -ისთვის -იდან -ამდე -ე -ელი -იანი -იან"
        " -იანები -იანებში -იანების -ჯერ -წლიანი -წლიან -წლის -ვე"
    )
    | ORDINALS,
    units=DEFAULT.units | {"₾"},
    signs=DEFAULT.signs | {"₾"},
    abbreviations=words(
        "ე.ი ა.შ მაგ იხ გვ წ წწ ს სს სთ წთ ქ თბ მლნ მლრდ ათ კმ მ სმ კგ გრ ბ-ნი ქ-ნი პროფ დოქ აკად"
        " ე.წ მ.შ ძვ ჩვ ძვ.წ ახ ახ.წ ტ რედ შდრ შენ ჟურნ გაზ უნივ ინსტ ქართ რუს ინგლ დაბ გარდ იან"
        " თებ მარ აპრ მაი ივნ ივლ აგვ სექ ოქტ ნოე დეკ ტელ მმ"
    ),
)
