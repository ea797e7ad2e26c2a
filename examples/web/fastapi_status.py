"""FastAPI, with a status for errors before the first byte, and pings: uvicorn --app-dir examples/web fastapi_status:app"""

from typing import Annotated

from fastapi import Body, FastAPI, Response
from fastapi.responses import StreamingResponse
from fastapi_app import closing, page
from frames import HEADERS, ask
from pings import frames_with_pings

from ssescan import SSEScanError
from ssescan.openai import RateLimitError

app = FastAPI()
app.get("/")(page)


@app.post("/answer")
def answer(question: Annotated[str, Body(embed=True)]) -> Response:
    try:
        stream = ask(question)
    except RateLimitError:
        return Response(status_code=503)
    except SSEScanError:
        return Response(status_code=502)
    return StreamingResponse(closing(frames_with_pings(stream)), media_type="text/event-stream", headers=HEADERS)
