"""The orthography pack of Nepali: the marks of Hindi, with its own abbreviations."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import ORDINALS
from vocab.words.orthography.languages.south_asia.hindi import HINDI
from vocab.words.orthography.pack import words

NEPALI = replace(
    HINDI,
    language="ne",
    label_letters="कखगघङचabcdABCD",
    endings=frozenset(),
    particles=words("ले लाई को का की मा बाट देखि सम्म सँग द्वारा हरू हरूले हरूको भित्र माथि कै मै नै"),
    ordinals=words("औँ औं लो रो थो वटा वटै जना गुणा /- /– +") | ORDINALS,
    signs=HINDI.signs | words("रू. ने.रु. NRs."),
    abbreviations=words(
        "डा श्री सुश्री श्रीमती प्रा प्रो इ इन्जि अधि स्व पं वि.सं ई.सं इ.सं ई.पू इ.पू ई कि.मि से.मि मि.मि मि"
        " कि.ग्रा ग्रा लि प्रा.लि रु रू नं पृ क्र गते उदा न.पा गा.पा गा.वि.स जि.वि.स म.न.पा उ.म.न.पा"
        " जि.प्र.का बि.ए एम.ए बि.एड एम.एड पी.एच.डी पिएच.डी एस.एल.सी एस.ई.ई ने.क.पा ए ने.रा.प्र.प"
    ),
)
