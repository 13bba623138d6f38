"""The orthography pack of Korean: particles behind quotations, numbers and Latin words."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    SINGLE,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

KOREAN = replace(
    DEFAULT,
    language="ko",
    pairs=CURLY
    | SINGLE
    | STRAIGHT
    | {"「": "」", "『": "』", "《": "》", "〈": "〉", "<": ">"}
    | BRACKETS,
    tight_dashes=DEFAULT.tight_dashes | {"·", "~", "∼", "～"},  # 5~6명, 한·미
    dialogue_dashes=LINE_DASHES,
    particles=words(
        "은 는 이 가 을 를 의 에 에는 에도 에만 에서 에서는 에서도 에서의 에게 에게는"
        " 에게서 께 께서 한테 한테서 와 과 와의 과의 이랑 랑 하고 로 으로 로는 으로는 로도"
        " 으로도 로서 으로서 로써 으로써 로부터 으로부터 부터 까지 까지는 도 만 만은 만이"
        " 만을 조차 마저 밖에 뿐 처럼 보다 마다 씩 쯤 이나 나 이라도 라도 이든 든 이여 여 야"
        " 아 이라 라 라고 이라고 라고는 라고도 하고는 라는 이라는 라며 이라며 라면서"
        " 이라면서 며 이며 란 이란 다 이다 였다 이었다 입니다 입니까 이에요 예요 인 인데"
        " 이고 고 이지만 지만 이면 면 일 들 들은 들이 들을 들의"
    ),
    words_after_numbers=True,
    brackets_after_words=True,
    proclitics=words("제"),  # 제2차
    signs=DEFAULT.signs | {"₩"},
)
