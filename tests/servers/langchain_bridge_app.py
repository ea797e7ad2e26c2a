"""The server of langchain_bridge.py: LangChain's bridge in front of a model that says what it is told to.

It runs in an environment of its own, on a free port of 127.0.0.1 that is the one line it prints. The name of the
model is the name of a run's script.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import uvicorn
from fastapi import FastAPI
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.tools import tool
from langchain_openai_api_bridge.assistant import (
    InMemoryMessageRepository,
    InMemoryRunRepository,
    InMemoryThreadRepository,
)
from langchain_openai_api_bridge.core.create_agent_dto import CreateAgentDto
from langchain_openai_api_bridge.fastapi import LangchainOpenaiApiBridgeFastAPI
from langgraph.prebuilt import create_react_agent

TEXT = 'Grüße! Résumé, 你好 😀 - "quotes", back\\slashes,\nnew lines,\ttabs and \u2028separators. ' * 20


@tool
def weather(place: str) -> str:
    """The weather of a place."""
    return f"It rains in {place}, {{}} [DONE]"


class Scripted(BaseChatModel):
    """Says TEXT in pieces of every length; asks for the weather first, or breaks in the middle."""

    script: str

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **_: Any) -> BaseChatModel:
        return self

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(TEXT))])

    def _stream(self, messages: list[BaseMessage], *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        if self.script == "tool" and messages[-1].type == "human":
            call = {"name": "weather", "args": '{"place": "Köln"}', "id": "call_1", "index": 0}
            yield ChatGenerationChunk(message=AIMessageChunk("", tool_call_chunks=[call]))
            return
        at, size = 0, 1
        while at < len(TEXT):
            if self.script == "broken" and at > len(TEXT) / 2:
                raise RuntimeError("the script says so")
            yield ChatGenerationChunk(message=AIMessageChunk(TEXT[at : at + size]))
            at, size = at + size, size % 37 + 1


def agent(dto: CreateAgentDto) -> Any:
    return create_react_agent(Scripted(script=dto.model), [weather])


def main() -> None:
    app = FastAPI()
    repositories = [InMemoryThreadRepository(), InMemoryMessageRepository(), InMemoryRunRepository()]
    bridge = LangchainOpenaiApiBridgeFastAPI(app, agent_factory_provider=agent)
    bridge.bind_openai_assistant_api(*[lambda it=it: it for it in repositories], prefix="/a")
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()
