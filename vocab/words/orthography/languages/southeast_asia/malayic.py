"""The orthography packs of Indonesian and Malay: words that are said twice, ke- before numbers."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    ORDINALS,
    SINGLE,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

_MALAYIC = replace(
    DEFAULT,
    pairs=CURLY | SINGLE | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    # anak-anak, teman-temannya, buku-buku
    reduplicated=frozenset({"", "nya", "ku", "mu", "an", "lah", "kah", "pun"}),
    number_prefixes=words("ke"),  # abad ke-20; ke is also a word
    hyphen_prefixes=words("se non pro anti pra pasca antar eks"),  # se-Indonesia
    bound=words("se non pra pasca"),
    ordinals=words("-an -nya") | ORDINALS,  # tahun 1990-an
)
INDONESIAN = replace(
    _MALAYIC,
    language="id",
    signs=DEFAULT.signs | {"Rp", "Rp."},
    capitals=words(
        "Anda Senin Selasa Rabu Kamis Jumat Sabtu Januari Februari Maret April Juni Juli Agustus"
        " September Oktober November Desember Indonesia Inggris Belanda Jerman Prancis Spanyol"
        " Jepang Jawa Sunda Allah"
    ),
    homographs=words("Minggu Mei Arab Cina"),
    abbreviations=words(
        "dll dsb dst dkk hlm hal tgl bpk sdr sdri dr drs dra ir prof jl jln no tn ny kab kec kel"
        " yth a.n d.a u.p u.b s.d s.h s.e s.pd s.si s.kom m.si m.pd m.h m.m ph.d h hj kh rm"
        " tel telp ttd jan feb mar apr jun jul agu sep okt nov des mis misal al a.l a.s saw swt"
        " r.a s.a.w s.w.t tbk pt cv rt rw kk ybs cs p vol ed"
    ),
)
MALAY = replace(
    _MALAYIC,
    language="ms",
    signs=DEFAULT.signs | {"RM"},
    capitals=words(
        "Ahad Isnin Selasa Rabu Khamis Jumaat Sabtu Januari Februari Mac April Julai Ogos"
        " September Oktober November Disember Melayu Inggeris Malaysia Tamil Perancis Jerman"
        " Jepun Allah"
    ),
    homographs=words("Jun Mei Arab Cina"),
    abbreviations=words(
        "dll dsb dst cth sdn bhd dr prof en pn tn hj hjh jln kg tmn no ms hlm tel yb yab ybhg"
        " a.s s.a.w s.w.t r.a k.k b.p s.k p.m a.m ir ar sr ust lt kol kapt jen jan feb ogo sep okt"
        " nov dis p vol"
    ),
)
