"""Turns the files that people have into entries of a wordlist. No Django here.

    bytes ──sniff──▶ Proposal ──(a person changes it)──▶ convert ──▶ Conversion

`sniff` says what the file seems to be and changes nothing. `convert` follows the proposal and
reports every row that it changed, refused or left out. `readers` has one module for each format.
"""
