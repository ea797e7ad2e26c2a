"""Django, in one file. Run it with: pip install ssescan django; python examples/web/django_app.py runserver"""

import json
import sys
from pathlib import Path

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path
from frames import HEADERS, frames


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(Path(__file__).with_name("page.html").read_text("utf-8"))


def answer(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        frames(json.loads(request.body)["question"]), content_type="text/event-stream", headers=HEADERS
    )


urlpatterns = [path("", page), path("answer", answer)]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="example", DEBUG=False)
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
