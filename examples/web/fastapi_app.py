"""FastAPI. Run it with: pip install ssescan fastapi uvicorn; uvicorn --app-dir examples/web fastapi_app:app"""

from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import Annotated

from fastapi import Body, FastAPI
from fastapi.responses import HTMLResponse, StreamingResponse
from frames import HEADERS, frames
from starlette.concurrency import iterate_in_threadpool

app = FastAPI()


async def closing(pieces: Generator[bytes, None, None]) -> AsyncIterator[bytes]:
    """Iterate in a thread, and close the iterator when the browser has left. Starlette alone keeps it open."""
    try:
        async for piece in iterate_in_threadpool(pieces):
            yield piece
    finally:
        pieces.close()


@app.get("/")
def page() -> HTMLResponse:
    return HTMLResponse(Path(__file__).with_name("page.html").read_text("utf-8"))


@app.post("/answer")
def answer(question: Annotated[str, Body(embed=True)]) -> StreamingResponse:
    return StreamingResponse(closing(frames(question)), media_type="text/event-stream", headers=HEADERS)
