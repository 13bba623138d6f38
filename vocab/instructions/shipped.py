"""The instructions that come with the server."""

from __future__ import annotations

from collections.abc import Mapping

from vocab.instructions.purpose import Purpose

RANKED, UNRANKED, REWRITE = Purpose.RANKED, Purpose.UNRANKED, Purpose.REWRITE

# The language whose text is used for a language without one: every model understands it.
OTHERWISE = "en"

SHIPPED: Mapping[str, Mapping[Purpose, str]] = {
    "ar": {
        RANKED: "استخدم كلمات بسيطة وشائعة فقط.",
        UNRANKED: "استخدم عددًا قليلًا من الكلمات البسيطة فقط.",
        REWRITE: "قل الشيء نفسه مرة أخرى، ولكن بكلمات بسيطة وشائعة فقط.",
    },
    "de": {
        RANKED: "Verwende nur einfache, häufige Wörter.",
        UNRANKED: "Verwende nur wenige, einfache Wörter.",
        REWRITE: "Sag dasselbe noch einmal, aber nur mit einfachen, häufigen Wörtern.",
    },
    "el": {
        RANKED: "Χρησιμοποίησε μόνο απλές, συνηθισμένες λέξεις.",
        UNRANKED: "Χρησιμοποίησε μόνο λίγες, απλές λέξεις.",
        REWRITE: "Πες το ίδιο ξανά, αλλά μόνο με απλές, συνηθισμένες λέξεις.",
    },
    "en": {
        RANKED: "Use only simple, common words.",
        UNRANKED: "Use only a few simple words.",
        REWRITE: "Say the same again, but only with simple, common words.",
    },
    "es": {
        RANKED: "Usa solo palabras sencillas y comunes.",
        UNRANKED: "Usa solo unas pocas palabras sencillas.",
        REWRITE: "Di lo mismo otra vez, pero solo con palabras sencillas y comunes.",
    },
    "fr": {
        RANKED: "N'utilise que des mots simples et courants.",
        UNRANKED: "N'utilise que quelques mots simples.",
        REWRITE: "Redis la même chose, mais seulement avec des mots simples et courants.",
    },
    "hi": {
        RANKED: "केवल सरल और आम शब्दों का प्रयोग करें।",
        UNRANKED: "केवल कुछ ही सरल शब्दों का प्रयोग करें।",
        REWRITE: "यही बात फिर से कहें, लेकिन केवल सरल और आम शब्दों में।",
    },
    "it": {
        RANKED: "Usa solo parole semplici e comuni.",
        UNRANKED: "Usa solo poche parole semplici.",
        REWRITE: "Di' di nuovo la stessa cosa, ma solo con parole semplici e comuni.",
    },
    "ja": {
        RANKED: "簡単で、よく使われる言葉だけを使ってください。",
        UNRANKED: "簡単な言葉を少しだけ使ってください。",
        REWRITE: "同じことを、簡単で、よく使われる言葉だけでもう一度言ってください。",
    },
    "nl": {
        RANKED: "Gebruik alleen eenvoudige, gangbare woorden.",
        UNRANKED: "Gebruik alleen een paar eenvoudige woorden.",
        REWRITE: "Zeg hetzelfde nog een keer, maar alleen met eenvoudige, gangbare woorden.",
    },
    "pl": {
        RANKED: "Używaj tylko prostych, powszechnych słów.",
        UNRANKED: "Używaj tylko niewielu prostych słów.",
        REWRITE: "Powiedz to samo jeszcze raz, ale tylko prostymi, powszechnymi słowami.",
    },
    "pt": {
        RANKED: "Use apenas palavras simples e comuns.",
        UNRANKED: "Use apenas poucas palavras simples.",
        REWRITE: "Diga o mesmo outra vez, mas apenas com palavras simples e comuns.",
    },
    "ru": {
        RANKED: "Используй только простые, распространённые слова.",
        UNRANKED: "Используй только немногие простые слова.",
        REWRITE: "Скажи то же самое ещё раз, но только простыми, распространёнными словами.",
    },
    "tr": {
        RANKED: "Yalnızca basit ve yaygın kelimeler kullan.",
        UNRANKED: "Yalnızca az sayıda basit kelime kullan.",
        REWRITE: "Aynı şeyi bir daha söyle, ama yalnızca basit ve yaygın kelimelerle.",
    },
    "zh": {
        RANKED: "只用简单、常用的词语。",
        UNRANKED: "只用少量简单的词语。",
        REWRITE: "把同样的内容再说一遍，但只用简单、常用的词语。",
    },
    "zh-Hant": {
        RANKED: "只用簡單、常用的詞語。",
        UNRANKED: "只用少量簡單的詞語。",
        REWRITE: "把同樣的內容再說一遍，但只用簡單、常用的詞語。",
    },
}
