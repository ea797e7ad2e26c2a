"""tools/check_words.py: it finds the words in prose, and nothing in code."""

from __future__ import annotations

from pathlib import Path

import pytest

from check_words import LONGEST_SENTENCE, MOST_SEMICOLONS, RULES, check_text, main

pytestmark = pytest.mark.any_python


def texts(source: str, kind: str = ".md") -> list[str]:
    return [problem.text for problem in check_text(source, kind)]


@pytest.mark.parametrize(
    "sentence",
    [
        "The body is none.",
        "Raises for one that is none.",
        "It is no name of a header.",
        "What is given is no JSON.",
        "The batch is told of it.",
        "It reads the bytes behind the value.",
        "It is in front of the text.",
        "Then somebody reads it.",
        "Nobody reads it.",
        "The pause is everybody's.",
        "It is begun again.",
        "The reader goes on.",
        "It lets go of the socket.",
        "They let go of it.",
        "It returns what came.",
        "It waits for what comes.",
        "The call gives a list.",
        "The last row is torn.",
        "It waits for ever.",
        "The coding of a body.",
        "It reads the end mark.",
        "The text stands here.",
        "The read is given the number of events.",
    ],
)
def test_finds_each_word_of_the_list(sentence: str) -> None:
    assert texts(sentence)
    assert texts(f'x = f"{{y}} {sentence}"', ".py")
    assert texts(f"/// {sentence}\nfn f() {{}}", ".rs")


@pytest.mark.parametrize(
    "sentence",
    [
        "The value is None.",
        "There is no name of a header.",
        "If a name is given, it is used.",
        "It is no longer open.",
        "The content coding is gzip, and the Transfer-Coding is chunked.",
        "It runs behind a proxy, or in front of a server.",
        "The call gives up after three attempts.",
        "`is none`, ``told`` and `behind` are words; see https://example.com/behind or batch.told.",
        "| `nobody` | a name |",
        "See [the section](#behind-it) <!-- nobody -->.",
        "Pass the end marker. The same applies to chunks.",
    ],
)
def test_finds_nothing_in_plain_sentences_and_code_spans(sentence: str) -> None:
    assert texts(sentence) == []


def test_a_rule_does_not_match_the_words_that_it_recommends() -> None:
    assert [problem for rule in RULES for problem in texts(f"{rule.why}: {rule.say}.")] == []


def test_python_names_and_code_are_not_prose() -> None:
    source = """
import nobody
told = {"told": behind, "is none": 1} if told is none else b"is none"
def behind(somebody): return told
"""
    assert texts(source, ".py") == ["is none"]


@pytest.mark.parametrize("word", ["The same", "What", "Who", "As above", "Also"])
def test_a_docstring_or_comment_must_not_open_with_a_reference(word: str) -> None:
    assert texts(f'def f():\n    """{word} is returned."""', ".py") == [word]
    assert texts(f"x = 1  # {word} is returned", ".py") == [word]
    assert texts(f"#: {word} is returned.\nx = 1", ".py") == [word]
    assert texts(f"//! {word} is returned.", ".rs") == [word]
    assert texts(f"# A line.\n# {word} is returned.\n", ".py") == []
    assert texts(f'x = "{word} is returned."', ".py") == []
    assert texts(f"{word} is returned.") == []


def test_a_question_may_open_a_docstring() -> None:
    assert texts('"""What is a stream? A list of events."""', ".py") == []


def test_finds_words_across_lines_and_reports_the_line() -> None:
    source = '''"""Summary.

    The first line. The second is
    none, and the third is told.
    """
# A comment that goes
# on, and is
# none.
x = (
    "one {}"
    "two behind it"
)
'''
    assert [(problem.line, problem.text) for problem in check_text(source, ".py")] == [
        (3, "is none"),
        (4, "told"),
        (6, "goes on"),
        (7, "is none"),
        (11, "behind"),
    ]


def test_reads_strings_and_comments_of_rust() -> None:
    source = r"""
//! Module is none.
let told = 'b'; let quote = '"'; // told
let text = "a \"behind\" b"; let raw = r#"it is "told" here"#; let bytes = (b"is none of", br"is none of", "told");
fn f<'a>(behind: &'a str) {} /* nobody
   comes */
let long = "first line \
            in front of it";
"""
    assert [(problem.line, problem.text) for problem in check_text(source, ".rs")] == [
        (2, "is none"),
        (3, "told"),
        (4, "behind"),
        (4, "told"),
        (5, "nobody"),
        (8, "in front of"),
    ]


def test_code_blocks_are_not_prose() -> None:
    source = """Run this:

```sh
told behind
```

    indented behind

* an item
  that is told
"""
    assert [(problem.line, problem.text) for problem in check_text(source, ".md")] == [(10, "told")]
    assert texts('def f():\n    """Do it.\n\n    Example:\n        >>> behind\n    """', ".py") == []


def test_sections_and_arguments_are_separate_sentences() -> None:
    words = " ".join(["word"] * (LONGEST_SENTENCE // 2 - 1))
    source = f'def f():\n    """Do it.\n\n    Args:\n        a: {words}\n        b (int): {words}\n            {words}\n    """'
    assert texts(source, ".py") == []


def test_long_sentences_and_chains_are_problems() -> None:
    words = ["Then", *["word"] * (LONGEST_SENTENCE - 1)]
    assert texts(" ".join(words) + ".") == []
    assert texts(" ".join([*words, "more."])) == ["Then word word word"]
    assert texts(" ".join(words) + ". " + " ".join(words) + ".") == []
    assert texts("a" + "; b" * MOST_SEMICOLONS) == []
    assert texts("a" + "; b" * (MOST_SEMICOLONS + 1)) == ["a; b; b"]


def test_comments_of_makefiles_and_toml_are_read() -> None:
    source = "# make test   is told\nname = 'behind # it'  # nobody\ntold: behind\n"
    assert texts(source, "Makefile") == texts(source, ".toml") == ["told", "nobody"]


def test_the_command_prints_problems_or_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "good.py").write_text("# Returns None.\n")
    (tmp_path / "data.json").write_text('"told"')
    assert main([str(tmp_path)]) == 0
    bad = tmp_path / "bad.md"
    bad.write_text("# Title\n\nIt was told.\n")
    capsys.readouterr()
    assert main([str(tmp_path)]) == 1
    assert f'{bad}:3: "told": standard verbs; say report' in capsys.readouterr().out
    assert main(["--count", str(tmp_path)]) == 1
    assert capsys.readouterr().out.endswith("1 problems\n")
