"""Which of several replies are returned: `best_of`."""

from __future__ import annotations

import pytest

from generation.chat.best_of import best_replies, has_sentence_twice
from generation.engine.contract import Completion


def reply(text: str, weight: float, tokens: int = 1) -> Completion:
    return Completion(
        text=text, finish_reason="stop", prompt_tokens=2, completion_tokens=tokens, weight=weight
    )


def test_the_best_replies_are_those_of_the_highest_weight() -> None:
    replies = [reply("a", -2.0, 3), reply("b", -0.5, 5), reply("c", -1.0, 7), reply("d", -3.0, 11)]
    best = best_replies(replies, 2)
    assert [each.text for each in best] == ["b", "c"]
    assert [each.discarded_tokens for each in best] == [3 + 11, 0]


def test_a_reply_that_repeats_itself_is_taken_only_if_all_do() -> None:
    twice = reply("The dog is very old. Yes. The dog is very old!", -0.1)
    assert best_replies([twice, reply("It is.", -5.0)], 1)[0].text == "It is."
    assert best_replies([reply(twice.text, -0.2), twice], 1)[0].weight == -0.1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The dog is old. the dog is OLD?", True),
        ("The dog is old\nThe dog is old", True),
        ("The dog is old. The dog is older.", False),
        ("I am. I am. I am.", False),
        ("", False),
    ],
)
def test_a_sentence_is_the_same_whatever_its_marks(text: str, expected: bool) -> None:
    assert has_sentence_twice(text) is expected
