"""The page with which a reader prepares: its examples give what they show, and each question has one right answer."""

import re
from doctest import DocTestParser, DocTestRunner

from tools.notebooks import ROOT

TEXT = (ROOT / "book" / "before_you_start.md").read_text(encoding="utf-8")


def test_examples_give_what_they_show():
    without_fences = re.sub("^```.*$", "", TEXT, flags=re.MULTILINE)
    examples = DocTestParser().get_doctest(without_fences, {}, "before_you_start", "before_you_start.md", 0)
    found = DocTestRunner().run(examples)
    assert found.attempted > 20
    assert not found.failed


def test_each_question_has_one_right_answer():
    _, *questions = re.split(r"^### Question \d+: ", TEXT, flags=re.MULTILINE)
    assert len(questions) == 10
    for question in questions:
        options = re.findall(r"^:::\{dropdown\} (\w): .+\n\*\*(Right|Wrong)\.\*\* ", question, re.MULTILINE)
        assert [letter for letter, _ in options] == ["a", "b", "c"]
        assert [verdict for _, verdict in options].count("Right") == 1
