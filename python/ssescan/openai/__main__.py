"""`python -m ssescan.openai`: run a program in which `import openai` returns `ssescan.openai`."""

from __future__ import annotations

import argparse
import os
import runpy
import sys

from ._install import install


def main(argv: list[str]) -> None:
    """Run a program as `python PROGRAM ...` or `python -m MODULE ...` does.

    Args:
        argv: The arguments without the name of this module.
    """
    parser = argparse.ArgumentParser(
        prog="python -m ssescan.openai",
        usage="%(prog)s [-h] (PROGRAM | -m MODULE) ...",
        description="Run a program in which `import openai` returns `ssescan.openai`.",
    )
    parser.add_argument("-m", dest="is_module", action="store_true", help="run a module, as `python -m` does")
    parser.add_argument("program", metavar="PROGRAM", help="a file, folder or zip file, or the name of a module")
    parser.add_argument("arguments", metavar="...", nargs=argparse.REMAINDER, help="the arguments of the program")
    options = parser.parse_args(argv)
    if not options.is_module and not os.path.exists(options.program):
        parser.error(f"no such file: {options.program!r}")
    install()
    sys.argv[:] = [options.program, *options.arguments]
    if options.is_module:
        runpy.run_module(options.program, run_name="__main__", alter_sys=True)
        return
    path = os.path.abspath(options.program)
    if not sys.flags.safe_path:  # Python put the current folder there, because of its option -m
        del sys.path[0]
        if os.path.isfile(path):
            sys.path.insert(0, os.path.dirname(os.path.realpath(path)))
    runpy.run_path(path, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
