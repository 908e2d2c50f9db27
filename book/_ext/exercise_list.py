"""The directive `exercise-list`: every exercise of the book, by page and, within a page, from easy to hard.

An exercise says first, in italics, how hard it is.
"""

import re

from docutils import nodes
from docutils.nodes import Element
from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx_exercise.nodes import exercise_subtitle


def levels() -> list[str]:
    return [_("Easy"), _("Medium"), _("Hard")]


class exercise_list(nodes.General, nodes.Element):  # type: ignore[misc]
    """Where the list will stand."""


class ExerciseList(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        return [exercise_list()]


def level(exercise: Element) -> int:
    first = next(iter(exercise.findall(nodes.emphasis)), nodes.emphasis())
    word = re.match(r"\w*", first.astext())[0]  # type: ignore[index]
    if word not in levels():
        raise SphinxError(f"exercise {exercise['label']} does not begin with one of {', '.join(levels())} in italics")
    return levels().index(word)


class FillExerciseList(SphinxPostTransform):
    default_priority = 5

    def run(self, **kwargs: object) -> None:
        for place in list(self.document.findall(exercise_list)):
            place.replace_self([part for page in self.pages() for part in self.of_page(page)])

    def pages(self) -> list[str]:
        """In the order of the book."""
        relations = self.env.collect_relations()
        order, page = [], self.config.root_doc
        while page:
            order.append(page)
            page = relations[page][2] or ""
        return order

    def of_page(self, page: str) -> list[Element]:
        registry = getattr(self.env, "sphinx_exercise_registry", {})
        here = [e["node"] for e in registry.values() if e["docname"] == page and e["type"] == "exercise"]
        if not here:
            return []
        items = [self.item(page, exercise) for exercise in sorted(here, key=level)]
        title = nodes.paragraph("", "", nodes.strong("", "", *self.env.titles[page].deepcopy().children))
        return [title, nodes.bullet_list("", *items)]

    def item(self, page: str, exercise: Element) -> Element:
        address = self.app.builder.get_relative_uri(self.env.docname, page)
        link = nodes.reference("", "", internal=True, refuri=f"{address.partition('#')[0]}#{exercise['label']}")
        link += [child.deepcopy() for child in next(exercise.findall(exercise_subtitle)).children]
        hardness = nodes.Text(_(", %s") % levels()[level(exercise)].lower())
        return nodes.list_item("", nodes.paragraph("", "", link, hardness))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(exercise_list)
    app.add_directive("exercise-list", ExerciseList)
    app.add_post_transform(FillExerciseList)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
