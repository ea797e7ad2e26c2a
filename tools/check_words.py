"""Check that the project's prose follows the word list.

    python3 tools/check_words.py [--count] [PATH ...]

The script checks the docstrings, comments and string literals of Python, the comments and string literals of Rust,
the comments of Makefiles and TOML, and Markdown. Without PATH it checks `CHECKED`. It prints one line for each
problem and exits with 1 if there are any. `--count` prints the number of problems in each top folder instead.

Code is not prose. Skipped are text in backticks, code blocks, URLs, placeholders in braces, and names that contain a
dot or an underscore.
"""

from __future__ import annotations

import argparse
import ast
import bisect
import io
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Rule(NamedTuple):
    """One entry of the word list. Text that matches `pattern` is a problem."""

    pattern: str
    why: str
    say: str


#: The word list. Matching is case-sensitive, so `None` is never a problem.
RULES = [
    Rule(r"\b(?:is|are|was|were) none\b", "`none` is not a noun", "not a, invalid, unsupported, missing or empty"),
    Rule(
        r"(?<!\b[Tt]here )\b(?:is|are|was|were) no (?!longer\b|more\b|less\b|later\b)\w+",
        "`no` negates nouns badly",
        "is not a, is invalid or is unsupported",
    ),
    Rule(r"\b[Ww]hat (?:came|comes?|follows|breaks)\b", "name the thing", "the body, the text, the rest"),
    Rule(
        r"\b[Ww]hat (?:is|are|was|were) (?:asked|given|wanted|no|none|not|there)\b",
        "name the thing",
        "the request, the arguments, invalid input",
    ),
    Rule(r"\b(?:[Ss]ome|[Nn]o|[Ee]very|[Aa]ny)(?:body|one)\b", "name the component", "the caller, the pool, no thread"),
    Rule(r"\b[Ww]hoever\b|\b(?:by|for|from|of|to|with) who\b", "name the component", "the caller that, threads that"),
    Rule(r"\btold\b|\b[Tt]ell(?:s|ing)?\b", "standard verbs", "report, pass, detect, distinguish or show"),
    Rule(r"\b[Gg](?:ives?|ave|iving)\b(?! up\b)", "standard verbs", "return, yield, pass, set or specify"),
    Rule(
        r"\b(?:is|are|was|were|be|been|being) given (?!and\b|as\b|but\b|by\b|if\b|in\b|or\b)\w+",
        "standard verbs",
        "is passed, is returned or is set",
    ),
    Rule(
        r"\b(?:is|are|was|were|be|been|being) (?:asked|wanted)\b",
        "standard verbs",
        "is requested, is called or is needed",
    ),
    Rule(r"\basked (?:for it|again)\b", "standard verbs", "requested, requested again"),
    Rule(r"\b[Hh]and(?:s|ed|ing)? (?:on|out|over)\b", "standard verbs", "return, yield or pass"),
    Rule(r"\b[Bb]eg(?:un|an)\b|\b[Bb]eg(?:in|ins|inning) again\b", "standard verbs", "started, sent or retried"),
    Rule(r"\b[Gg]o(?:es|ing|ne)? on\b|\bwent on\b", "standard verbs", "continue or resume"),
    Rule(r"\b[Ll]et(?:s|ting)? go\b", "standard verbs", "release or close"),
    Rule(r"\b[Ss]t(?:ands?|ood)\b(?! alone\b| for\b| in for\b)", "standard verbs", "is, is in, contains"),
    Rule(r"\bgather(?:s|ed|ing)?\b", "standard verbs", "buffer or collect"),
    Rule(r"\bundo(?:es|ne)\b", "standard verbs", "decode, revert or remove"),
    Rule(r"\b(?:came|comes?|coming) of\b", "standard verbs", "the result of, results from"),
    Rule(r"\b[Ll](?:eave|eaves|eaving|eft)(?: it| that)? away\b", "standard verbs", "omit"),
    Rule(r"\b(?:is|are|was|were|be|been|being) cut\b|\btorn\b", "standard words", "truncated or split"),
    Rule(r"\baside\b(?! from\b)", "standard words", "buffered, queued or kept"),
    Rule(r"\b[Bb]ehind\b", "standard words", "after, following or in the background"),
    Rule(r"\b[Ii]n front of\b", "standard words", "before"),
    Rule(r"\bcodings?\b", "standard words", "encoding, or the full term of the RFC: content coding"),
    Rule(r"\bend marks?\b", "standard words", "end marker"),
    Rule(r"\b[Cc]locks?(?: that)? (?:ran|runs?)\b", "standard words", "timeout"),
    Rule(r"\bfor ever\b", "standard words", "forever, or without a timeout"),
    Rule(
        r"\b(?:alike|anew|lest|likewise|thereby|whence|wherein)\b", "standard words", "equal, again or a new sentence"
    ),
    Rule(r"\bone (?:over|after) the other\b", "standard words", "nested, or in sequence"),
    Rule(r"\bof (?:hers|mine|ours|theirs|yours)\b", "standard words", "our, their or the owner's name"),
]
#: Words that a docstring or a comment must not begin with.
OPENINGS = [
    Rule(r"(?:The same|As above|Also|Ditto)\b", "each text is complete by itself", "the whole fact, verb first"),
    Rule(r"(?:What|Who|Whose)\b(?![^.]*\?)", "name the thing", "a verb first, or the thing's name"),
]
#: A sentence with more words is a problem. Writers aim for 25; code counts as one word.
LONGEST_SENTENCE = 30
#: A sentence with more semicolons is a problem.
MOST_SEMICOLONS = 1

#: Phrases that a rule would match and that are right. A message that is copied from `openai` is added here as a whole.
ALLOWED = [
    # An argument of `Stream._next_unlike`: `alike`.
    r"^ *al[i]ke: ",
    # Terms of RFC 9110 and RFC 9112.
    r"\b(?:[Cc]ontent|[Tt]ransfer)[- ][Cc]odings?\b",
    # Places in a network.
    r"\b[Bb]ehind (?:(?:a|an|the|its) )?(?:\w+ )?(?:proxy|proxies|firewall|gateway|load balancer|nginx)\b",
    r"\b[Ii]n front of (?:(?:a|an|the|its) )?(?:\w+ )?servers?\b",
]
#: Files and folders that are checked, relative to the repository. Others are checked if they are arguments.
CHECKED = [
    *("CHANGELOG.md", "CONTRIBUTING.md", "Makefile", "README.md", "RELEASING.md", "SECURITY.md"),
    *("docs", "examples", "fuzz", "python", "rust", "tools"),
]
#: Folders that are not checked -> the reason.
EXCLUDED = {
    "python/ssescan/openai/types": "generated from the openai package",
    "python/ssescan/replay/demo.py": "the text of a demo answer, which is sample data",
    "fuzz/target": "built",
}


class Passage(NamedTuple):
    """A paragraph of prose.

    `starts` has an offset in `text` and a line number for each of its lines; `end` is the last line that it may be on.
    """

    text: str
    starts: list[tuple[int, int]]
    end: int
    is_opening: bool


class Problem(NamedTuple):
    """A place that breaks a rule."""

    line: int
    text: str
    say: str


Line = tuple[int, str]

# ---- From a file to its paragraphs -----------------------------------------------------------------------------------

_LIST_ITEM = re.compile(r"(?:[-*+•]|\d+[.)]|#+) |\||.* {3,}\S")
_SECTION = re.compile(r"(?:Args|Attributes|Examples?|Notes?|Raises|Returns|Yields|Warns):$")
_ARGUMENT = re.compile(r"[*`\w., ]+(?: \([^)]*\))?: ")


def paragraphs(lines: Iterable[Line], *, opens: bool = False, end: int = 0) -> Iterator[Passage]:
    """Split lines into paragraphs without code blocks.

    Args:
        lines: Line numbers and lines.
        opens: Whether the first paragraph is the beginning of a docstring or comment.
        end: The last line of the text, if `lines` do not have their own numbers.
    """
    block: list[Line] = []
    for number, text, begins in _prose_lines(lines):
        if begins and block:
            yield _passage(block, opens, end)
            block, opens = [], False
        if text:
            block.append((number, text))
    if block:
        yield _passage(block, opens, end)


def _prose_lines(lines: Iterable[Line]) -> Iterator[tuple[int, str, bool]]:
    """Yield number and text of each line that is not code, and whether it begins a paragraph; "" is an empty line."""
    indent = 0  # of the last line of prose
    last = ""
    is_fenced = is_indented = in_section = False
    for number, line in lines:
        text, depth = line.strip(), len(line) - len(line.lstrip())
        is_fence = text.startswith(("```", "~~~"))
        is_fenced ^= is_fence
        if text:
            is_indented = depth >= indent + 4 and (is_indented or not last)
        if not text or is_fence or is_fenced or is_indented or text.startswith((">>>", "...")):
            last = ""
            yield number, "", True
            continue
        in_section = bool(_SECTION.match(text)) or in_section
        begins = depth < indent or (depth > indent and last.endswith(":")) or bool(_LIST_ITEM.match(text))
        yield number, text, begins or (in_section and bool(_ARGUMENT.match(text)))
        indent, last = depth, text


def _passage(block: list[Line], is_opening: bool, end: int) -> Passage:
    starts, length = [], 0
    for number, text in block:
        starts.append((length, number))
        length += len(text) + 1
    return Passage(" ".join(text for _, text in block), starts, max(end, block[-1][0]), is_opening)


def read_python(source: str) -> Iterator[Passage]:
    """Yield the paragraphs of docstrings, string literals and comments."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    in_fstrings = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield from _literal(node, "".join(_fstring_part(part) for part in node.values), opens=False)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in in_fstrings:
            yield from _literal(node, node.value, opens=id(node) in docstrings)
    yield from _python_comments(source)


def _fstring_part(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else "{}"


def _literal(node: ast.expr, value: str, *, opens: bool) -> Iterator[Passage]:
    if " " not in value:  # a name
        return
    first, end = node.lineno, node.end_lineno or node.lineno
    lines = value.expandtabs().split("\n")
    is_numbered = len(lines) - 1 == end - first
    margin = min((len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()), default=0)
    lines[1:] = [line[margin:] for line in lines[1:]]
    numbers = range(first, end + 1) if is_numbered else [first] * len(lines)
    yield from paragraphs(zip(numbers, lines), opens=opens, end=0 if is_numbered else end)


def _python_comments(source: str) -> Iterator[Passage]:
    comments = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and not token.string.startswith("#!"):
            is_alone = not token.line[: token.start[1]].strip()
            comments.append((token.start[0], re.sub(r"^#+:? ?", "", token.string), is_alone))
    yield from _comment_blocks(comments)


def _comment_blocks(comments: Iterable[tuple[int, str, bool]]) -> Iterator[Passage]:
    """Yield the paragraphs of comments; each has a line number, a text, and whether no code is on its line."""
    previous, block = 0, 0
    numbered = []
    for number, text, is_alone in comments:
        block += not (is_alone and number == previous + 1)
        previous = number if is_alone else 0
        numbered.append((block, (number, text)))
    for _, group in groupby(numbered, key=lambda item: item[0]):
        yield from paragraphs([line for _, line in group], opens=True)


_RUST_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
    | b?r(?P<hashes>\#*)"(?P<raw>.*?)"(?P=hashes)
    | b?"(?P<string>(?:\\.|[^"\\])*)"
    | b?'(?:\\[^\n]+?|[^'\\\n])'""",
    re.DOTALL | re.VERBOSE,
)


def read_rust(source: str) -> Iterator[Passage]:
    """Yield the paragraphs of string literals and comments."""
    comments = []
    for token in _RUST_TOKEN.finditer(source):
        number = source.count("\n", 0, token.start()) + 1
        if token["comment"]:
            is_alone = not source[source.rfind("\n", 0, token.start()) + 1 : token.start()].strip()
            for offset, line in enumerate(token["comment"].split("\n")):
                comments.append((number + offset, re.sub(r"^(?:/+!?|/\*+!?| *\*) ?|\*/$", "", line), is_alone))
        elif " " in (text := token["raw"] or token["string"] or "") and not token[0].startswith("b"):
            lines = re.split(r"\\n|\n", re.sub(r"\\\n\s*", "", text))
            yield from paragraphs([(number, line) for line in lines], end=number + text.count("\n"))
    yield from _comment_blocks(comments)


def read_comments(source: str) -> Iterator[Passage]:
    """Yield the paragraphs of comments that begin with `#`: Makefiles and TOML."""
    comments = []
    for number, line in enumerate(source.split("\n"), 1):
        if found := re.match(r"""((?:[^"'#]|"[^"]*"|'[^']*')*)#+ ?(.*)""", line):
            comments.append((number, found[2], not found[1].strip()))
    yield from _comment_blocks(comments)


def read_markdown(source: str) -> Iterator[Passage]:
    """Yield the paragraphs of Markdown."""
    text = re.sub(r"<!--.*?-->", lambda comment: "\n" * comment[0].count("\n"), source, flags=re.DOTALL)
    yield from paragraphs(enumerate(text.split("\n"), 1))


READERS = {
    ".md": read_markdown,
    ".py": read_python,
    ".pyi": read_python,
    ".rs": read_rust,
    ".toml": read_comments,
    "Makefile": read_comments,
}

# ---- From a paragraph to its problems --------------------------------------------------------------------------------

_NOT_PROSE = re.compile(
    r"(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)"
    r"|https?://[^\s)>\"']+"
    r"|(?<=\])\([^)\s]*\)"
    r"|\{[^{}]*\}"
    r"|<[/a-zA-Z][^<>]*>"
    r"|\b\w+(?:[._]\w+)+\b|\b_\w+"
    "|" + "|".join(ALLOWED)
)
_SENTENCE_END = re.compile(r"(?<=[.?!|])[\"')\]*]*\s+(?!\s*[a-z])")


def problems(passage: Passage) -> Iterator[tuple[int, str, str]]:
    """Yield the offset of each problem of a paragraph, its text, and what to write instead."""
    text = _NOT_PROSE.sub(lambda found: "_" * len(found[0]), passage.text)
    for rule in RULES:
        for found in re.finditer(rule.pattern, text):
            yield found.start(), passage.text[found.start() : found.end()], f"{rule.why}; say {rule.say}"
    for rule in OPENINGS if passage.is_opening else []:
        if opening := re.match(rule.pattern, text):
            yield 0, passage.text[: opening.end()], f"{rule.why}; say {rule.say}"
    yield from _sentence_problems(text, passage.text)


def _sentence_problems(text: str, original: str) -> Iterator[tuple[int, str, str]]:
    start = 0
    for stop in [*(found.end() for found in _SENTENCE_END.finditer(text)), len(text)]:
        sentence = text[start:stop]
        opening = " ".join(original[start:stop].split()[:4])
        if (words := len(re.findall(r"\S*\w\S*", sentence))) > LONGEST_SENTENCE:
            yield start, opening, f"a sentence of {words} words; say it in sentences of at most 25 words"
        if sentence.count("; ") > MOST_SEMICOLONS:
            yield start, opening, "a chain of semicolons; say one fact per sentence"
        start = stop


def check_text(source: str, kind: str) -> list[Problem]:
    """Return the problems of a file's text; `kind` is a key of `READERS`."""
    lines = source.split("\n")
    found = []
    for passage in READERS[kind](source):
        for offset, text, say in problems(passage):
            number = passage.starts[bisect.bisect(passage.starts, (offset, sys.maxsize)) - 1][1]
            exact = (n for n in range(number, passage.end + 1) if text in lines[n - 1])
            found.append(Problem(next(exact, number), text, say))
    return sorted(set(found))


def find_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files below `paths` that can be checked, without the excluded ones."""
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            excluded = any(file.is_relative_to(ROOT / folder) for folder in EXCLUDED)
            if file.is_file() and _kind(file) in READERS and not excluded:
                yield file


def _kind(file: Path) -> str:
    return file.suffix or file.name


def main(arguments: list[str] | None = None) -> int:
    """Print the problems or their counts; return the exit status."""
    parser = argparse.ArgumentParser(description="Check that prose follows the word list.")
    parser.add_argument("paths", nargs="*", type=Path, help=f"files and folders (default: {', '.join(CHECKED)})")
    parser.add_argument("--count", action="store_true", help="print the number of problems in each top folder")
    options = parser.parse_args(arguments)

    counts: Counter[str] = Counter()
    for file in find_files([path.resolve() for path in options.paths] or [ROOT / path for path in CHECKED]):
        name = file.relative_to(ROOT) if file.is_relative_to(ROOT) else file
        for problem in check_text(file.read_text("utf-8"), _kind(file)):
            counts[name.parts[0]] += 1
            if not options.count:
                print(f'{name}:{problem.line}: "{problem.text}": {problem.say}')
    if options.count:
        for folder, count in sorted(counts.items()):
            print(f"{folder:<12} {count}")
    print(f"{counts.total()} problems")
    return 1 if counts else 0


if __name__ == "__main__":
    sys.exit(main())
