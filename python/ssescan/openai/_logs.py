"""What OPENAI_LOG asks for: the messages of the logger `openai`, from a level on."""

import logging

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}


def setup_logging(asked: str) -> None:
    """Anything but the name of a level asks for nothing."""
    if asked in LEVELS:
        logging.basicConfig(
            format="[%(asctime)s - %(name)s:%(lineno)d - %(levelname)s] %(message)s", datefmt="%Y-%m-%d %H:%M:%S"
        )
        logging.getLogger("openai").setLevel(LEVELS[asked])
