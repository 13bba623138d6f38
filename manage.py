#!/usr/bin/env python
import sys

from wordgen_site.command_line import main

if __name__ == "__main__":
    main(sys.argv)
