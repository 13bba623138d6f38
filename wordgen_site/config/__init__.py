"""Reads settings from the environment and checks them.

Environment variables come in; typed values or an error that names the variable go out.
"""
