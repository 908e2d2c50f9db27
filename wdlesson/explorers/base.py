"""What every explorer shares on the Python side: its traits, its script and the picture that stands in for it.

A new explorer is a class here and a script beside it, whose parts the head of common.js lists. The class has

- `title`, the figure's name, unlike any other's; and `_esm = esm("its_script.js")`;
- a trait for everything that the reader can set: a `Number`, `Integer`, `Pair` or `Choice`. They are the whole state.
  The frame keeps them in the page's address, `?norm-ball.lam=0.3#norm-ball`, clamps them to their bounds and resets
  them;
- `_data()`, what the script needs beside them, as plain lists, a few kB;
- `alt_text()` and `_draw(figure)`, the still for where no script runs;
- methods that compute what the script computes, with which tests/test_explorers.py compares it.

Its anchor is the class's name: `NormBall` has `norm-ball`. A sentence of the same page sets it by a link to that, with
parameters: `[L1, λ = 2](#norm-ball?norm=L1&lam=2&minimum=2.4,1.2)`. What the link does not name is as it was at first.
Its bare page, to embed, is explorers/norm-ball.html. book/_ext/explorers.py makes both, and warns of a link with a
wrong name or a value out of bounds. `__init__.py` and tests/test_explorers.py list all explorers.
"""

import base64
import inspect
import io
import re
from collections.abc import Sequence
from html import escape
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import numpy as np
from numpy.typing import ArrayLike, NDArray
from traitlets import Dict, TraitType

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
Mime = dict[str, Any]


class Parameter(TraitType[Any, Any]):
    """What the reader can set, shared with the browser.

    Parameters
    ----------
    default : object
        The value unless another is set.
    """

    def __init__(self, default: Any) -> None:
        """Start at `default`."""
        super().__init__(default_value=default)
        self.tag(sync=True)

    def bounds(self) -> dict[str, Any]:
        """What it may be, for the script.

        Returns
        -------
        dict of str
            "low" and "high", with "whole" or "pair" where it is more than one number; or "options".
        """
        raise NotImplementedError

    def validate(self, obj: Any, value: Any) -> Any:
        """The value as it is kept.

        Parameters
        ----------
        obj : Explorer or None
            Whose it is.
        value : object
            What the reader, or Python, sets.

        Returns
        -------
        object
            The same, or what stands for it.

        Raises
        ------
        TypeError
            If it is of the wrong kind.
        ValueError
            If it is out of bounds.
        """
        raise NotImplementedError


class Number(Parameter):
    """A number between two bounds, shared with the browser.

    Parameters
    ----------
    default : float
        The value unless another is set.
    low, high : float
        The bounds, which belong to the range. What is out of them gets a ValueError, what is no number a TypeError.
    """

    def __init__(self, default: float, low: float, high: float) -> None:
        """Start at `default`; take nothing below `low` or above `high`."""
        super().__init__(default)
        self.low, self.high = low, high

    def bounds(self) -> dict[str, Any]:
        """What it may be, for the script.

        Returns
        -------
        dict of str
            "low" and "high".
        """
        return {"low": self.low, "high": self.high}

    def validate(self, obj: Any, value: Any) -> float:
        """`value` as a float, if it lies between the bounds.

        Parameters
        ----------
        obj : Explorer
            Whose parameter it is.
        value : object
            What was set, here or in the browser.

        Returns
        -------
        float
            The same number.

        Raises
        ------
        TypeError
            If it is of another kind; the message names the parameter.
        ValueError
            If it is anything else of that kind.
        """
        return between(self.name, value, self.low, self.high)


class Pair(Parameter):
    """Two numbers between the same bounds, shared with the browser.

    Parameters
    ----------
    default : list of two floats
        The value unless another is set.
    low, high : float
        The bounds, which belong to the range. What is out of them gets a ValueError, what is no number a TypeError.
    """

    def __init__(self, default: list[float], low: float, high: float) -> None:
        """Start at `default`; take nothing below `low` or above `high`."""
        super().__init__(default)
        self.low, self.high = low, high

    def bounds(self) -> dict[str, Any]:
        """What it may be, for the script.

        Returns
        -------
        dict of str
            "low", "high" and "pair".
        """
        return {"low": self.low, "high": self.high, "pair": True}

    def validate(self, obj: Any, value: Any) -> list[float]:
        """`value` as a list of two floats, if both lie between the bounds.

        Parameters
        ----------
        obj : Explorer
            Whose parameter it is.
        value : object
            What was set, here or in the browser.

        Returns
        -------
        list of float
            The two numbers.

        Raises
        ------
        TypeError
            If it is of another kind; the message names the parameter.
        ValueError
            If it is anything else of that kind.
        """
        if not isinstance(value, (list, tuple, np.ndarray)):
            raise TypeError(f"{self.name} is {value!r}; it must be two numbers")
        if np.ndim(value) != 1 or len(value) != 2:
            raise ValueError(f"{self.name} is {value!r}; it must be two numbers")
        return [between(self.name, number, self.low, self.high) for number in value]


def between(name: str | None, value: Any, low: float, high: float) -> float:
    """`value` as a float, if it is a number from `low` to `high`.

    Parameters
    ----------
    name : str
        What the error calls it.
    value : object
        What was set.
    low, high : float
        The bounds, which belong to the range.

    Returns
    -------
    float
        The number, without a sign before a zero.

    Raises
    ------
    TypeError
        If it is no number, or a truth value.
    ValueError
        If it is out of bounds.
    """
    must = f"{name} is {value!r}; it must be a number from {low:g} to {high:g}"
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        raise TypeError(must)
    if not low <= float(value) <= high:
        raise ValueError(must)
    return float(value) + 0.0  # and no sign before a zero


class Integer(Number):
    """A whole number between two bounds, shared with the browser.

    Parameters
    ----------
    default : int
        The value unless another is set.
    low, high : float
        The bounds, which belong to the range. What is out of them gets a ValueError, what is no number a TypeError.
    """

    def bounds(self) -> dict[str, Any]:
        """What it may be, for the script.

        Returns
        -------
        dict of str
            "low", "high" and "whole".
        """
        return {**super().bounds(), "whole": True}

    def validate(self, obj: Any, value: Any) -> int:
        """`value` as an int, if it is whole and lies between the bounds.

        Parameters
        ----------
        obj : Explorer
            Whose parameter it is.
        value : object
            What was set, here or in the browser.

        Returns
        -------
        int
            The same number.

        Raises
        ------
        TypeError
            If it is of another kind; the message names the parameter.
        ValueError
            If it is anything else of that kind.
        """
        number = super().validate(obj, value)
        if number != round(number):
            raise ValueError(f"{self.name} is {value!r}; it must be a whole number")
        return round(number)


class Choice(Parameter):
    """One of a few values, shared with the browser.

    Parameters
    ----------
    *options : str or int
        What it may be, all of one kind, the default first. Another value gets a ValueError, another kind a TypeError.
    """

    def __init__(self, *options: Any) -> None:
        """Start at the first of the options."""
        super().__init__(options[0])
        self.options = options

    def bounds(self) -> dict[str, Any]:
        """What it may be, for the script.

        Returns
        -------
        dict of str
            "options".
        """
        return {"options": list(self.options)}

    def validate(self, obj: Any, value: Any) -> Any:
        """The option that `value` equals: 3 for 3.0, since the browser finds its data by what is written.

        Parameters
        ----------
        obj : Explorer
            Whose parameter it is.
        value : object
            What was set, here or in the browser.

        Returns
        -------
        str or int
            The option itself.

        Raises
        ------
        TypeError
            If it is of another kind; the message names the parameter.
        ValueError
            If it is anything else of that kind.
        """
        must = f"{self.name} is {value!r}; it must be one of {', '.join(map(repr, self.options))}"
        kind = str if isinstance(self.options[0], str) else Real
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, kind):
            raise TypeError(must)
        if value not in self.options:
            raise ValueError(must)
        return self.options[self.options.index(value)]


SHARED = ("common.js", "plot.js", "controls.js", "frame.js")


def esm(*scripts: str) -> str:
    """An explorer's script, with the ones that all of them use in front.

    An anywidget's script reaches the browser as a text in the widget's state, where an import by a relative name means
    nothing. So they are made one module here.

    Parameters
    ----------
    *scripts : str
        Names of files in this folder, the one that has `render` last.

    Returns
    -------
    str
        The text of an ECMAScript module.
    """
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in (*SHARED, *scripts))


class Explorer(anywidget.AnyWidget):
    """A figure that moves.

    A subclass gives its title, its script in `_esm`, its traits, and the three methods left open here. Each of its
    parameters is a trait: it can be set, observed, and moved by the reader.

    Parameters
    ----------
    **parameters
        Parameters by name, as in `LambdaDial(lam=0.3)`, or what every widget takes, such as `layout`.

    Raises
    ------
    TypeError
        If there is no parameter of a name, or a value is not of its kind.
    ValueError
        If a value is not one that its parameter takes.
    """

    title: ClassVar[str]
    _css = (HERE / "explorer.css").read_text(encoding="utf-8")
    __signature__: ClassVar[inspect.Signature]
    data = Dict(read_only=True).tag(sync=True)
    frame = Dict(read_only=True).tag(sync=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Give the subclass a signature of its parameters and their defaults, which `help` shows."""
        super().__init_subclass__(**kwargs)
        own = {name: trait for name, trait in sorted(vars(cls).items()) if isinstance(trait, TraitType)}
        kind = inspect.Parameter.KEYWORD_ONLY
        shown = [inspect.Parameter(name, kind, default=trait.default_value) for name, trait in own.items()]
        cls.__signature__ = inspect.Signature(shown)

    def __init__(self, **parameters: Any) -> None:
        """Set parameters by name."""
        for name in parameters:
            if name not in self.parameters() and name not in anywidget.AnyWidget.class_traits():
                raise TypeError(self._unknown(name))
        super().__init__(**parameters)
        self.set_trait("data", self._data())
        self.set_trait("frame", {"anchor": self.anchor(), "title": self.title, "bounds": self.bounds()})

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a parameter; a name that is none is refused, so that a slip of the pen is not lost."""
        if not (name.startswith("_") or hasattr(type(self), name)):
            raise AttributeError(self._unknown(name))
        super().__setattr__(name, value)

    @classmethod
    def parameters(cls) -> list[str]:
        """The names of what can be set: the traits that the subclass adds.

        Returns
        -------
        list of str
            In alphabetical order.
        """
        return sorted(name for name in cls.class_traits().keys() - Explorer.class_traits().keys() if name[0] != "_")

    @classmethod
    def bounds(cls) -> dict[str, dict[str, Any]]:
        """What each parameter may be, for the script.

        Returns
        -------
        dict of dicts
            By the parameter's name, in alphabetical order.
        """
        traits = {name: cls.class_traits()[name] for name in cls.parameters()}
        return {name: trait.bounds() for name, trait in traits.items() if isinstance(trait, Parameter)}

    @classmethod
    def anchor(cls) -> str:
        """Its name in addresses.

        Returns
        -------
        str
            The class's name in small letters, with hyphens between its words.

        Examples
        --------
        >>> type("NormBall", (Explorer,), {}).anchor()
        'norm-ball'
        """
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()

    def _unknown(self, name: str) -> str:
        known = self.parameters()
        return f"{type(self).__name__} has no parameter {name!r}; it has {', '.join(known)}"

    def alt_text(self) -> str:
        """What the static picture shows, in words.

        Returns
        -------
        str
            A few sentences in plain text.
        """
        raise NotImplementedError

    def _data(self) -> dict[str, Any]:
        """What the script needs beside the parameters, as plain lists."""
        return {}

    def _draw(self, figure: "Figure") -> None:
        """Draw the static picture."""
        raise NotImplementedError

    def static_svg(self) -> str:
        """The figure as it stands now: for where no script runs, on paper, in a notebook that has not run.

        Returns
        -------
        str
            A file of SVG. The same parameters give the same bytes.
        """
        from matplotlib import style
        from matplotlib.figure import Figure

        from wdlesson import plots

        with style.context(plots.STYLE):
            figure = Figure(figsize=(7.2, 3.4))
            self._draw(figure)
            text = io.StringIO()
            figure.savefig(text, format="svg", metadata={"Date": None})
        return text.getvalue()

    def static_mimebundle(self) -> Mime:
        """The static picture with its alternative text, as the output of a cell that has not run.

        Returns
        -------
        dict of str
            "text/html", an image that needs no other file, and "text/plain", its alternative text.
        """
        words, picture = self.alt_text(), base64.b64encode(self.static_svg().encode()).decode()
        image = f'<img alt="{escape(words)}" src="data:image/svg+xml;base64,{picture}" style="max-width: 100%">'
        return {"text/html": image, "text/plain": words}

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[Mime, Mime] | None:
        """The live widget, its static picture, and that in words.

        A front end that runs widgets takes the first; book/_ext/explorers.py puts the other two into a `<noscript>`.
        """
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        return data | {"image/svg+xml": self.static_svg(), "text/plain": self.alt_text()}, metadata


def quadratic(hessian: ArrayLike, minimum: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Data whose loss 1/(2n) ||X w - y||^2 is 1/2 (w - m)' H (w - m).

    Parameters
    ----------
    hessian : array_like of shape (d, d)
        H, symmetric and positive definite.
    minimum : array_like of shape (d,)
        m.

    Returns
    -------
    X : ndarray of shape (2d, d)
        Centred features.
    y : ndarray of shape (2d,)
        X m.

    Raises
    ------
    numpy.linalg.LinAlgError
        If `hessian` is not positive definite.
    """
    root = np.linalg.cholesky(np.asarray(hessian, dtype=np.float64))  # H = root root'
    X = np.sqrt(len(root)) * np.vstack([root.T, -root.T])
    return X, X @ np.asarray(minimum, dtype=np.float64)


def fixed(x: float, decimals: int = 2) -> str:
    """A number with so many decimals, and no sign before a zero.

    Parameters
    ----------
    x : float
        The number.
    decimals : int
        How many decimals.

    Returns
    -------
    str
        The number in words.

    Examples
    --------
    >>> fixed(-0.001)
    '0.00'
    """
    return f"{round(float(x), decimals) + 0.0:.{decimals}f}"


def distinguishing_digits(x: float, others: Sequence[float]) -> int:
    """How many significant digits, three at least, it takes to tell a number from others.

    Parameters
    ----------
    x : float
        The number.
    others : sequence of float
        What it is to be told from.

    Returns
    -------
    int
        From 3 to 15.

    Examples
    --------
    >>> distinguishing_digits(-1.002, [-1])
    4
    """
    digits = 3
    while digits < 15 and any(f"{x:.{digits}g}" == f"{other:.{digits}g}" for other in others):
        digits += 1
    return digits


def format_distinct(x: float, others: Sequence[float]) -> str:
    """A number in as many digits as tell it from others; one that is another but for rounding errors is shown as that.

    Parameters
    ----------
    x : float
        The number.
    others : sequence of float
        What it is to be told from.

    Returns
    -------
    str
        The number in words.

    Examples
    --------
    >>> format_distinct(-1.002, [-1]), format_distinct(1 - 1e-14, [1])
    ('-1.002', '1')
    """
    same = [other for other in others if abs(x - other) < 1e-12]
    return f"{same[0]:g}" if same else f"{x:.{distinguishing_digits(x, others)}g}"


def to_list(values: Any, digits: int = 17) -> Any:
    """A tensor or an array as nested lists of floats, rounded to so many significant digits.

    Parameters
    ----------
    values : array_like
        The numbers.
    digits : int
        How many significant digits of each; 17 keep a float64 as it is.

    Returns
    -------
    list
        As deep as `values` has axes.
    """
    array = np.asarray(values, dtype=np.float64)
    return np.vectorize(lambda x: float(f"{x:.{digits}g}"), otypes=[float])(array).tolist()
