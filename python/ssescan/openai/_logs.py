"""The variable OPENAI_LOG: shows the messages of the logger `openai` from a level on."""

import logging

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}


def setup_logging(level: str) -> None:
    """Set up logging for a level by name; other values are ignored."""
    if level in LEVELS:
        logging.basicConfig(
            format="[%(asctime)s - %(name)s:%(lineno)d - %(levelname)s] %(message)s", datefmt="%Y-%m-%d %H:%M:%S"
        )
        logging.getLogger("openai").setLevel(LEVELS[level])
