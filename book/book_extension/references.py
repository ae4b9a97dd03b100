"""What Sphinx makes of a page's references, as plain Markdown."""

from urllib.parse import urljoin

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx


class References:
    """The references in a page of the book, and those to its equations and figures.

    Parameters
    ----------
    app
        Sphinx, which has read all pages.
    page
        The name of the page.
    """

    def __init__(self, app: Sphinx, page: str) -> None:
        self.page = page
        base = app.config.html_baseurl
        self.address = base and base + app.builder.get_target_uri(page)
        # As it was read: a reference is still the role that it was written as. Alone in a paragraph each, they are
        # resolved as Sphinx resolves them in the page.
        doctree = app.env.get_doctree(page)
        found = {node.rawsource: node for node in doctree.findall(addnodes.pending_xref)}
        for formula in doctree.findall(nodes.math_block):
            if label := formula.get("label"):
                found.setdefault(f":eq:`{label}`", pending("math", "eq", label, page))
        for figure in doctree.findall(nodes.figure):
            for name in figure["names"]:
                found.setdefault(f":numref:`{name}`", pending("std", "numref", name, page))
        doctree.children = []
        doctree += [nodes.paragraph("", "", node) for node in found.values()]
        app.env.apply_post_transforms(doctree, page)
        self.resolved = dict(zip(found, doctree.children, strict=True))

    def markdown(self, role: str, text: str) -> str:
        """What the page shows for a role: a link, where the book has an address; nothing for what is no reference."""
        shown = self.resolved.get(f":{role}:`{text.replace('\n', ' ')}`")
        return self.render(shown) if shown else ""

    def number(self, label: str) -> str:
        """The number of the page's equation with a label."""
        return self.resolved[f":eq:`{label}`"].astext().strip("()")

    def render(self, node: nodes.Node) -> str:
        """A node as Markdown."""
        inside = "".join(map(self.render, node.children))
        match node:
            case nodes.Text():
                return node.astext()
            case nodes.literal():
                return f"`{inside}`"
            case nodes.emphasis():
                return f"*{inside}*"
            case nodes.reference() if self.address:
                target = node.get("refuri") or f"#{node['refid']}"
                return f"[{inside}]({urljoin(self.address, target)})"
            case _:
                return inside


def pending(domain: str, role: str, target: str, page: str) -> addnodes.pending_xref:
    """A reference that Sphinx has yet to resolve."""
    return addnodes.pending_xref(
        "",
        nodes.literal("", target),
        refdoc=page,
        refdomain=domain,
        reftype=role,
        reftarget=target,
        refexplicit=False,
        refwarn=True,
    )
