"""Use the rows of a CSV answer while it is written: `python examples/csv_rows.py`.

With `--pandas` each row is a DataFrame (`pip install pandas`).
A server in this process answers. Set OPENAI_API_KEY, or OPENAI_BASE_URL, and a real one does.
"""

import csv
import sys
import time

from ssescan.openai import OpenAI


def main() -> None:
    if with_pandas := "--pandas" in sys.argv:
        import pandas  # type: ignore[import-untyped]
    stream = OpenAI().chat.completions.create(
        model="gpt-5.5",
        messages=[{"role": "user", "content": "The rivers of Europe as CSV: name,km,countries"}],
        stream=True,
    )
    file = stream.reader(fence=True)  # a text file, without the Markdown around the CSV
    if with_pandas:
        for table in pandas.read_csv(file, chunksize=1):
            print(table.to_string(header=False), flush=True)
        return
    start = time.monotonic()
    for row in csv.DictReader(file):
        print(f"{time.monotonic() - start:.1f} s", row, flush=True)


if __name__ == "__main__":
    from local_server import local_server, words

    from ssescan.testing import chat

    rows = "name,km,countries\nVolga,3530,1\nDanube,2850,10\nDnieper,2201,3\nDon,1870,1\nRhine,1233,6\nElbe,1094,2"
    with local_server(chat(*words(f"Some rivers:\n\n```csv\n{rows}\n```")), rate=4):
        main()
