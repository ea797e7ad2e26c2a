"""Ask the questions of a CSV file, many at once: `python examples/batch_csv.py`. It prints the answers as CSV.

A server in this process answers. Set OPENAI_API_KEY, or OPENAI_BASE_URL, and a real one does.
"""

import csv
import sys
from pathlib import Path

from ssescan.batch import BatchRequest, run
from ssescan.openai import OpenAI


def request(row: dict[str, str]) -> BatchRequest:
    messages = [{"role": "user", "content": row["question"]}]
    return BatchRequest(row["id"], "/v1/chat/completions", {"model": "gpt-5.5", "messages": messages})


def main() -> None:
    answers = csv.writer(sys.stdout, lineterminator="\n")
    answers.writerow(["id", "answer", "error"])
    with open(Path(__file__).with_name("questions.csv"), encoding="utf-8", newline="") as file:
        for result in run(map(request, csv.DictReader(file)), client=OpenAI(), max_workers=20):
            answers.writerow([result.custom_id, result.text, result.error])


if __name__ == "__main__":
    from local_server import local_server, words

    from ssescan.replay import Request
    from ssescan.testing import Answer, chat

    capitals = {b"France": "Paris", b"Japan": "Tokyo", b"Peru": "Lima", b"Kenya": "Nairobi"}

    def answer(request: Request) -> Answer:
        capital = next(capital for country, capital in capitals.items() if country in request.body)
        return chat(*words(f"It is {capital}."), usage=(14, 4))

    with local_server(answer):
        main()
