"""The decks and the exported notes of Anki."""
