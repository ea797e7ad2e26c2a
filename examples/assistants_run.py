"""Distinguish the events of an Assistants run by their types: `python examples/assistants_run.py`.

A server in this process answers. Set OPENAI_API_KEY and OPENAI_BASE_URL, and a real one does.
"""

import warnings

from ssescan.openai import OpenAI
from ssescan.openai.types.beta.assistant_stream_event import (
    ThreadMessageDelta,
    ThreadRunCompleted,
    ThreadRunRequiresAction,
    ThreadRunStepCreated,
)


def main() -> None:
    for event in OpenAI().beta.threads.create_and_run(assistant_id="asst_test", stream=True):
        match event:
            case ThreadRunStepCreated(data=step):
                print(f"step {step.type}")
            case ThreadMessageDelta():
                print(event.text, end="", flush=True)
            case ThreadRunRequiresAction(data=run):
                print(f"the run {run.id} waits for the results of its functions")
            case ThreadRunCompleted(data=run):
                print(f"\nrun {run.status}, {run.usage and run.usage.total_tokens} tokens")
            case _:
                print(f"({event.event})")


if __name__ == "__main__":
    from local_server import local_server, words

    from ssescan.testing import assistants

    warnings.filterwarnings("ignore", "The Assistants API is deprecated")
    with local_server(assistants(*words("Each event has a class, so match finds the right case."))):
        main()
