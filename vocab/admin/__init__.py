"""The admin of wordlists and their revisions: upload, edit, compare and export."""

from vocab.admin.instruction_admin import InstructionAdmin
from vocab.admin.revision_admin import WordlistRevisionAdmin
from vocab.admin.wordlist_admin import WordlistAdmin

__all__ = ["InstructionAdmin", "WordlistAdmin", "WordlistRevisionAdmin"]
