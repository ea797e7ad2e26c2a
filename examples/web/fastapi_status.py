"""FastAPI, with a status for errors before the first byte, and pings: uvicorn --app-dir examples/web fastapi_status:app"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Body, FastAPI, Response
from fastapi.responses import StreamingResponse
from fastapi_app import closing, page
from frames import HEADERS, ask, frames_of
from pings import with_pings
from shutdown import stop_all_at_sigterm, tracked

from ssescan import SSEScanError
from ssescan.openai import RateLimitError


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    stop_all_at_sigterm()  # uvicorn has set its handler by now
    yield


app = FastAPI(lifespan=lifespan)
app.get("/")(page)


@app.post("/answer")
def answer(question: Annotated[str, Body(embed=True)]) -> Response:
    try:
        stream = tracked(ask(question))
    except RateLimitError:
        return Response(status_code=503)
    except SSEScanError:
        return Response(status_code=502)
    pieces = with_pings(frames_of(stream), stream.cancel)
    return StreamingResponse(closing(pieces), media_type="text/event-stream", headers=HEADERS)
