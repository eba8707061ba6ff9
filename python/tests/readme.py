"""Runs the Python of a page, in a folder of its own; with --print prints it."""

import os
import pathlib
import re
import sys
import tempfile

page = pathlib.Path(sys.argv[-1]).read_text(encoding="utf-8")
for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
    if sys.argv[1] == "--print":
        print(code)
        continue
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        pathlib.Path("sentences.en.txt").write_text("It rains again today in the whole country.\nThe library opens at nine, except on Sundays.\n", encoding="utf-8")
        # The program's variable; a caller of the library names the folder itself.
        code = code.replace("offline=True", f"offline=True, store={os.environ['TRAGHETTO_STORE']!r}")
        exec(compile(code, sys.argv[-1], "exec"), {})
        os.chdir("/")
