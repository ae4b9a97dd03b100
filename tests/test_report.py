"""The report of what readers meet, from parts that are sound, broken or missing."""

from xml.etree import ElementTree

from tools import lighthouse, report

AUDITS = {
    "total-byte-weight": {"numericValue": 12_345.6},
    "alt": {"score": 0, "title": "Images have no alt text"},
    "speed": {"score": 0.5, "title": "Slow"},
}


def audited(performance: float, accessibility: float) -> dict:
    """What Lighthouse says of a page, as far as it is read."""
    categories = {
        "performance": {"score": performance, "auditRefs": [{"id": "speed", "weight": 1}]},
        "accessibility": {"score": accessibility, "auditRefs": [{"id": "alt", "weight": 7}]},
        "best-practices": {"score": 1, "auditRefs": [{"id": "alt", "weight": 0}]},
        "seo": {"score": 1, "auditRefs": []},
    }
    return {"categories": categories, "audits": AUDITS}


def test_a_page_below_its_scores_is_named():
    row = lighthouse.read("a.html", audited(0.89, 0.96))
    assert lighthouse.missed(row) == ["a.html: performance 89 of 90", "a.html: accessibility 96 of 100"]
    assert row.faults == ["accessibility: Images have no alt text"]
    assert row.transferred == 12_345
    assert not lighthouse.missed(lighthouse.read("a.html", audited(0.90, 1)))


def test_the_report_counts_tests_and_says_what_the_others_said():
    results = ElementTree.fromstring(
        "<testsuites>"
        '<testcase classname="tests.test_site" name="one"/>'
        '<testcase classname="tests.test_site" name="two"><failure message="It is red.&#10;Details"/></testcase>'
        '<testcase classname="tests.test_binder" name="three"><error message=""/></testcase>'
        '<testcase classname="tests.test_colab" name="four"><skipped message="no browser"/></testcase>'
        "</testsuites>"
    )
    section = report.tests_section(results)
    assert "| the built pages in a browser | 1 | 1 | 0 |" in section
    assert "- failed: `two`: It is red.\n- failed: `three`: \n- skipped: `four`: no browser" in section


def test_the_report_is_written_from_nothing_too():
    assert "| 0 | 0 | 0 |" in report.tests_section(ElementTree.Element("none"))
    assert "| Page | performance |" in report.lighthouse_section([])
    assert "| Notebook | environment |" in report.jupyterlab_section({})
