"""The admin of the instructions that replace shipped ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from vocab.instructions.instruction import Instruction

if TYPE_CHECKING:
    InstructionModelAdmin = admin.ModelAdmin[Instruction]
else:
    InstructionModelAdmin = admin.ModelAdmin


@admin.register(Instruction)
class InstructionAdmin(InstructionModelAdmin):
    list_display = ["language", "purpose", "text_in_force", "is_own"]
    list_filter = ["purpose", "language"]
    fields = ["language", "purpose", "text", "shipped"]
    readonly_fields = ["shipped"]

    @admin.display(description="text in force")
    def text_in_force(self, instruction: Instruction) -> str:
        return instruction.text or instruction.shipped

    @admin.display(description="own", boolean=True)
    def is_own(self, instruction: Instruction) -> bool:
        return instruction.text != ""

    @admin.display(description="text that comes with the server")
    def shipped(self, instruction: Instruction) -> str:
        return instruction.shipped if instruction.pk else "-"
