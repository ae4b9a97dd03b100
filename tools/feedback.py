"""Write the table of wrong answers and of what each is told (a part of ``make exercises``).

The table is for reading. A test compares it with what the checks say, so that a hint that changes, or that two
mistakes exchange, shows in a diff.
"""

from importlib import import_module

from gmixlib.exercises import check
from gmixlib.exercises._registry import chapters
from tools.notebooks import ROOT

TABLE = ROOT / "tests" / "student_answers" / "feedback.md"
HEAD = "# Wrong answers and their hints\n\n| exercise | mistake | hint |\n|---|---|---|\n"

# By exercise, as tests/student_answers has them; that folder has to be on Python's path.
ANSWERS = {
    name: tried
    for chapter in chapters()
    for name, tried in import_module(f"student_answers.chapter_{chapter}").ANSWERS.items()
}


def row(name: str, mistake: str, hint: str) -> str:
    """One line of the table."""
    return f"| {name} | {mistake} | {hint.replace('|', '&#124;')} |"


def rows() -> list[str]:
    """The lines of the table as it is stored."""
    text = TABLE.read_text(encoding="utf-8") if TABLE.exists() else HEAD
    return text.removeprefix(HEAD).splitlines()


def main() -> None:
    """Check every wrong answer and store what is said to it."""
    lines = [
        row(name, mistake, check(name, answer).verdict.message)
        for name, tried in ANSWERS.items()
        for mistake, answer in tried.wrong.items()
    ]
    TABLE.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} wrong answers: {TABLE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
