"""Arguments of declarations match their annotations, or one sentence says what is wrong, and where.

`checked` is the only place that looks at types: it stands on every class and function that declarations are written
with, and takes what is allowed from their signatures. A mistake is a `DeclarationError` with the line of whoever made
it. What says the same in another spelling is taken: a list for a tuple, a single item for several, 12.0 for 12.

Annotations are read at the first call, so that an import pays for none of them.
"""

from __future__ import annotations

import builtins
import collections.abc
import functools
import inspect
import math
import sys
import types
import typing
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

from dashlib.declare import foreign
from dashlib.errors import DashlibError, DeclarationError, NoSuchAttributeError
from dashlib.sources import declared_here

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    from dashlib.declare.words import Word

_T = TypeVar("_T")

_LONGEST_SHOWN = 60
_WORDS_REMEMBERED = 256
# Said of classes whose bare name does not tell a person what to write.
_WORDS = {
    "Condition": "a condition, such as LAG.above('warning')",
    "DashboardLink": "a link, made by link(…) or dashboard_links(…)",
    "DataLink": "a link, made by data_link(…) or runbook_link(…)",
    "DatasourceQuery": "a query such as loki(…)",
    "LabelMatch": "one_of(…), none_of(…) or similar",
    "LibraryPanel": "a library panel, made by library_panel(…)",
    "Override": "an override, made by override(…)",
    "Panel": "a panel, made by stat(…), timeseries(…) or similar, or a grafanalib panel",
    "Secret": "a Secret, which says where to find it: Secret.file('/run/secrets/name') or Secret.env('NAME')",
    "Query": "promql(…)",
    **dict.fromkeys(
        ("RangeMapping", "RegexMapping", "SpecialMapping", "ValueMapping"),
        "a mapping, made by value_mapping(…), range_mapping(…) or similar",
    ),
    "Transformation": "a transformation, made by transformation(…)",
    "Variable": "a variable, made by datasource_variable(…), label_variable(…) or similar",
}
# What Grafana or grafanalib calls an argument, where no spelling of dashlib's is near.
_ELSEWHERE = {
    "dataSource": "datasource",
    "email": "integrations",
    "expr": "expression",
    "gridPos": "width",
    "span": "width",
    "targets": "signals",
}

# What dashlib calls that which has another name in grafanalib.
_AS_OURS = {"StatRangeMappings": "RangeMapping", "StatValueMappings": "ValueMapping", "Template": "Variable"}


class _Refusal(Exception):  # noqa: N818  # never seen outside of this module
    """An argument does not allow this value."""

    def __init__(self, path: str, wanted: str, found: object, hint: str = "") -> None:
        super().__init__()
        self.path, self.wanted, self.found, self.hint = path, wanted, found, hint


class _Kind:
    """What an argument may be.

    Attributes:
        words: it, in words.
        take: returns a value as it is used, or raises a `_Refusal`.
        exact: classes of which every value is taken as it is; most values are of one, and are not looked at further.
        hidden: a wrong value may be a secret, and is not shown.
    """

    __slots__ = ("exact", "hidden", "take", "words")

    def __init__(
        self,
        words: str,
        take: Callable[[object], object],
        exact: Container[type] = (),
        *,
        hidden: bool = False,
    ) -> None:
        self.words, self.take, self.exact, self.hidden = words, take, exact, hidden


def checked(declared: _T) -> _T:
    """Check the arguments of a function, or of a class and its public methods, against their annotations."""
    if isinstance(declared, type):
        return cast("_T", _checked_class(declared))
    return cast("_T", _checked_function(cast("Callable[..., object]", declared)))


def checked_when_compiled(function: _T, of: type | None = None, called: str = "") -> _T:
    """Check arguments as `checked` does, and leave mistakes found inside to the compiler, which knows their place.

    Args:
        function: what is called.
        of: the class whose method it is; None for none.
        called: its name in messages, by default its own.
    """
    wrapped = _checked_function(cast("Callable[..., object]", function), of, called=called, declares=False)
    return cast("_T", wrapped)


def nearest(name: str, known: Iterable[str], *, fallback: str = "it takes") -> str:
    """Return a hint at the nearest of some names, or at all of them if none is near."""
    import difflib  # for a mistake only

    names = list(dict.fromkeys(known))
    near = difflib.get_close_matches(name, names, n=1) or [
        each for each in names if name and each.casefold().startswith(name.casefold().rstrip("_"))
    ]
    return f"did you mean {near[0]!r}?" if near else f"{fallback}: {', '.join(names) or 'none'}"


def _checked_class(declared: type) -> type:
    init = vars(declared)["__init__"]
    setattr(declared, "__init__", _checked_function(init, declared))  # noqa: B010  # mypy forbids the assignment
    for name, member in list(vars(declared).items()):
        if name.startswith("_"):
            continue
        if isinstance(member, types.FunctionType):
            setattr(declared, name, _checked_function(member, declared, declares=False))
        elif isinstance(member, classmethod):
            setattr(declared, name, classmethod(_checked_function(member.__func__, declared)))
    setattr(declared, "__getattr__", _no_such_attribute)  # noqa: B010
    return declared


def _no_such_attribute(declared: object, name: str) -> object:
    if name.startswith("_"):
        raise AttributeError(name)
    kind = type(declared)
    known = [each for each in dir(kind) if not each.startswith("_")]
    hint = nearest(name, known, fallback="it has")
    if kind.__name__ == "Query":
        from dashlib.declare.signals import Signal

        hint = "what alerts compare is declared as a Signal" if hasattr(Signal, name) else hint
    raise NoSuchAttributeError(f"{kind.__name__} has no {name!r}; {hint}", declared_here())


def _checked_function(
    function: Callable[..., object], of: type | None = None, *, called: str = "", declares: bool = True
) -> Callable[..., object]:
    signature: _Signature | None = None

    @functools.wraps(function)
    def call(*given: object, **named: object) -> object:
        nonlocal signature
        if signature is None:
            signature = _Signature(function, of, called)
        try:
            given = signature.take(given, named)
        except DeclarationError as error:
            error.source = declared_here()
            raise
        try:
            return function(*given, **named)
        except DeclarationError as error:
            if declares and error.source is None:
                error.source = declared_here()
            raise

    return call


class _Signature:
    """The arguments of a function: their names, which are needed, and what they may be.

    What an argument may be is determined when it is first passed: most never are.
    """

    def __init__(self, function: Callable[..., object], of: type | None, called: str) -> None:
        name = function.__name__
        self.hidden = of is not None and of.__name__ == "Secret"
        self.called = called or (
            f"{name}()" if of is None else of.__name__ if name == "__init__" else f"{of.__name__}.{name}()"
        )
        code, annotations = function.__code__, function.__annotations__
        self.names = _Names(vars(sys.modules[of.__module__]) if of is not None else function.__globals__)
        self.first = 0 if of is None else 1  # self, which has no annotation
        positional, variables = code.co_argcount, list(code.co_varnames)
        by_name = positional + code.co_kwonlyargcount
        self.positional = variables[self.first : positional]
        self.expected: dict[str, object] = {
            each: annotations.get(each, object) for each in variables[self.first : by_name]
        }
        without_default = variables[self.first : positional - len(function.__defaults__ or ())]
        self.needed_by_position = len(without_default)
        keywords = [each for each in variables[positional:by_name] if each not in (function.__kwdefaults__ or {})]
        self.needed_by_name = frozenset(keywords)
        self.needed = [*without_default, *keywords]
        self.kinds: dict[str, _Kind] = {}
        more = variables[by_name:]
        self.several = self._kind(annotations[more.pop(0)]) if code.co_flags & inspect.CO_VARARGS else None
        self.any_name = False
        if code.co_flags & inspect.CO_VARKEYWORDS:
            annotation = self.names.evaluated(annotations[more.pop(0)])
            self.any_name = typing.get_origin(annotation) is not typing.Unpack
            if not self.any_name:
                self.expected |= typing.get_args(annotation)[0].__annotations__

    def take(self, given: tuple[object, ...], named: dict[str, object]) -> tuple[object, ...]:
        """Return the positional arguments as they are used, and put the named ones right where they are.

        Raises:
            DeclarationError: one is missing, unknown, given twice, or not what its annotation says.
        """
        kinds, first, positional = self.kinds, self.first, self.positional
        count = len(given) - first
        if count > len(positional) and self.several is None:
            raise DeclarationError(self._too_many(count))
        taken = given
        name, kind = "", _ANYTHING
        value: object = None
        try:
            for index in range(first, len(given)):
                at, value = index - first, given[index]
                if at < len(positional):
                    name = positional[at]
                    if name in named:
                        self._refuse_twice(name)
                    kind = kinds.get(name) or self._kind_of(name)
                else:
                    name, kind = "an argument", cast("_Kind", self.several)
                if type(value) not in kind.exact:
                    taken = (*taken[:index], kind.take(value), *taken[index + 1 :])
            for name, value in named.items():
                kind = kinds.get(name) or self._kind_of(name)
                if type(value) not in kind.exact:
                    named[name] = kind.take(value)
        except DeclarationError:
            raise
        except Exception as error:  # noqa: BLE001  # a value may raise when it is compared, iterated or asked for its class
            refusal = error if isinstance(error, _Refusal) else _Refusal("", kind.words, value, _raised(error))
            raise self._refused(name, kind, value, refusal) from None
        if count < self.needed_by_position or not named.keys() >= self.needed_by_name:
            missing = [name for name in self.needed if name not in named and name not in positional[: max(count, 0)]]
            if missing:
                raise DeclarationError(f"{self.called} needs {_listed(missing)}: {self._kind_of(missing[0]).words}")
        return taken

    def _refuse_twice(self, name: str) -> NoReturn:
        raise DeclarationError(f"{self.called} got {name!r} twice: by position and by name")

    def _too_many(self, count: int) -> str:
        more = [name for name in self.expected if name not in self.positional]
        by_name = f"; pass the others by name, such as {more[0]}=…" if more else ""
        one = len(self.positional) == 1
        return (
            f"{self.called} takes {len(self.positional)} positional argument{'' if one else 's'} "
            f"({', '.join(self.positional) or 'none'}); got {count}{by_name}"
        )

    def _kind_of(self, name: str) -> _Kind:
        """Return what an argument may be, the first time that it is passed."""
        if name not in self.expected:
            if self.any_name:
                return _JSON
            raise DeclarationError(f"{self.called} has no argument {name!r}; {self._meant(name)}")
        self.kinds[name] = self._kind(self.expected[name])
        return self.kinds[name]

    def _meant(self, name: str) -> str:
        """Return what the author most likely meant by an argument that there is not."""
        known = [each for each in self.expected if each != "source"]
        elsewhere = _ELSEWHERE.get(name, "")
        if elsewhere in known:
            return f"dashlib calls it {elsewhere!r}"
        hint = nearest(name, known)
        if hint.startswith("did you mean"):
            return hint
        from dashlib.declare import panel_kinds

        kind = panel_kinds.kind_of_builder(self.called.removesuffix("()"))
        for place, settings in (("options", kind and kind.options), ("custom", kind and kind.custom)):
            if settings and name in settings.schema:
                return f"a setting of Grafana's is written {place}={{{name!r}: …}}"
        return hint

    def _kind(self, annotation: object) -> _Kind:
        """Return what an annotation allows; determined once for each annotation of a module."""
        key = (id(self.names.known), str(annotation))
        if key not in _KINDS:
            _KINDS[key] = _kind(annotation, self.names)
        return _KINDS[key]

    def _refused(self, name: str, kind: _Kind, value: object, refusal: _Refusal) -> DeclarationError:
        found = (
            "a value that is not shown here, as it may be a secret"
            if kind.hidden or self.hidden
            else found_words(refusal.found)
        )
        hint = refusal.hint
        if value is None and not hint and name not in self.needed:
            hint = "; leave it out for the default"
        return DeclarationError(f"{self.called} {name}{refusal.path} must be {refusal.wanted}; got {found}{hint}")


def _raised(error: Exception) -> str:
    """Return what a value raised that was looked at, as a hint."""
    from dashlib.errors import described

    return f", which raised {described(error)}"


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


class _Names(dict[str, object]):
    """The names that a module's annotations use, with those that it imports for type checkers only."""

    def __init__(self, known: Mapping[str, object]) -> None:
        super().__init__()
        self.known = known

    def __missing__(self, name: str) -> object:
        import dashlib
        from dashlib.declare import words

        if name in self.known:
            return self.known[name]
        if name == "foreign":
            return foreign
        # What the annotations of public names are made of is public, too.
        for home in (collections.abc, builtins, words, typing):
            if hasattr(home, name):
                return getattr(home, name)
        return getattr(dashlib, name)

    def evaluated(self, annotation: object) -> object:
        """Return what an annotation means that is still a string."""
        while isinstance(annotation, str | typing.ForwardRef):
            text = annotation if isinstance(annotation, str) else annotation.__forward_arg__
            annotation = eval(text, {}, self)  # noqa: S307  # the annotations of dashlib's own code
        return annotation


# --- what an annotation allows -----------------------------------------------------------------------------------


def _kind(annotation: object, names: _Names) -> _Kind:  # noqa: PLR0911  # one for each kind of annotation
    annotation = names.evaluated(annotation)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation in (object, Any):
        return _ANYTHING
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if origin is typing.Annotated:
        return _word(_PLAIN[arguments[0]], arguments[1])
    if origin is typing.Literal:
        return _choice(arguments)
    if origin in (typing.Union, types.UnionType):
        return _union([_kind(each, names) for each in arguments], arguments)
    if origin is collections.abc.Callable:
        return _Kind("a function", _function)
    if origin in (dict, collections.abc.Mapping):
        key, item = (_kind(each, names) for each in arguments)
        return _mapping(key, _JSON if item is _ANYTHING else item)
    if origin is tuple and arguments[-1] is not Ellipsis:
        return _fixed([_kind(each, names) for each in arguments])
    if origin is not None and issubclass(origin, collections.abc.Iterable):
        return _sequence(_kind(arguments[0], names))
    return _instance(cast("type", annotation))


def _text(value: object) -> object:
    if not isinstance(value, str):
        raise _Refusal("", "a string", value)
    return value


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _Refusal("", "a finite number", value)
    return value


def _whole(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Refusal("", "a whole number", value)
    return value


def _truth(value: object) -> object:
    if not isinstance(value, bool):
        raise _Refusal("", "True or False", value)
    return value


def _nothing(value: object) -> object:
    if value is not None:
        raise _Refusal("", "None", value)
    return value


def _function(value: object) -> object:
    if not callable(value):
        raise _Refusal("", "a function", value)
    return value


class _All:
    """Every class."""

    def __contains__(self, kind: object) -> bool:
        return True


_ANYTHING = _Kind("anything", lambda value: value, _All())
_DEEPEST = 100


def _json(value: object, depth: int = 0) -> object:
    """Return a value that nobody but Grafana knows, unless it can be no part of JSON."""
    if isinstance(value, float) and not math.isfinite(value):
        raise _Refusal("", "a number that JSON knows", value)
    if isinstance(value, bytes | bytearray | collections.abc.Set | types.GeneratorType):
        raise _Refusal("", "JSON: a string, a number, a list, a dict, True, False or None", value)
    if depth > _DEEPEST:
        raise _Refusal("", f"JSON of at most {_DEEPEST} levels", value, "; is it part of itself?")
    items: Iterable[tuple[object, object]] = ()
    if type(value) is dict:
        items = value.items()
    elif type(value) in (list, tuple):
        items = enumerate(cast("list[object]", value))
    for key, each in items:
        if type(each) in _JSON.exact:
            continue
        try:
            _json(each, depth + 1)
        except _Refusal as refusal:
            path = f"[{found_words(key)}]{refusal.path}" if depth < _DEEPEST // 10 else ""
            raise _Refusal(path, refusal.wanted, refusal.found, refusal.hint) from None
    return value


_JSON = _Kind("anything", _json, (str, int, bool, types.NoneType))
_NONE = _Kind("None", _nothing, (types.NoneType,))
_PLAIN: dict[object, _Kind] = {
    str: _Kind("a string", _text, (str,)),
    float: _Kind("a finite number", _number, (int,)),
    int: _Kind("a whole number", _whole, (int,)),
    bool: _Kind("True or False", _truth, (bool,)),
    None: _NONE,
    types.NoneType: _NONE,
}
_KINDS: dict[tuple[int, str], _Kind] = {}


def _choice(choices: tuple[object, ...]) -> _Kind:
    words = f"one of {', '.join(map(repr, choices))}"

    def take(value: object) -> object:
        if isinstance(value, str | int | None) and value in choices:
            return value
        hint = f"; {nearest(value, map(str, choices))}" if isinstance(value, str) else ""
        raise _Refusal("", words, value, hint if "did you mean" in hint else "")

    return _Kind(words, take)


def _word(plain: _Kind, word: Word) -> _Kind:
    taken: set[str] = {""} if plain is _PLAIN[str] and word.fits("") else set()

    def take(value: object) -> object:
        if type(value) is str and value in taken:
            return value
        try:
            found = plain.take(value)
        except _Refusal:
            raise _Refusal("", word.said, value) from None
        if not word.fits(found):
            near = nearest(str(found), word.known())
            raise _Refusal("", word.said, value, f"; {near}" if near.startswith("did you mean") else "")
        if type(found) is str and len(taken) < _WORDS_REMEMBERED:
            taken.add(found)
        return found

    return _Kind(word.said, take)


def _union(kinds: list[_Kind], arguments: tuple[object, ...]) -> _Kind:
    said = list(dict.fromkeys(kind.words for kind in kinds if kind.words != "None"))
    if len(said) == len(("one", "several")) and said[1] in (f"a list, each {said[0]}", "a list of strings"):
        said = [said[0], "a list of them"]
    elif said[2:] and said[-1] == f"a list, each {' or '.join(said[:-1])}":
        said = [", ".join([*said[:-1], "or a list of them"])]
    elif any(getattr(each, "__name__", "") == "timedelta" for each in arguments):
        said = ["a duration such as '5m', or a timedelta"]
    words = " or ".join(said)

    def take(value: object) -> object:
        deepest: _Refusal | None = None
        for kind in kinds:
            try:
                return kind.take(value)
            except _Refusal as refusal:
                if refusal.path or refusal.hint:
                    deepest = refusal
        if deepest is not None:
            raise deepest
        raise _Refusal("", words, value)

    exact = {each for kind in kinds if isinstance(kind.exact, tuple) for each in kind.exact}
    return _Kind(words, take, tuple(exact), hidden=any(kind.hidden for kind in kinds))


def _sequence(item: _Kind) -> _Kind:
    words = "a list of strings" if item.words == "a string" else f"a list, each {item.words}"

    def take(value: object) -> object:
        if type(value) in (list, tuple):
            return several(value)  # type: ignore[arg-type]  # it is one of the two
        if isinstance(value, str):
            return (item.take(value),) if value else ()
        if isinstance(value, collections.abc.Mapping):
            raise _Refusal("", words, value)
        if isinstance(value, collections.abc.Set) and not isinstance(value, collections.abc.KeysView):
            raise _Refusal("", words, value, ", which has no order; write a list")
        if not isinstance(value, collections.abc.Iterable):
            try:
                return (item.take(value),)  # one where there may be several
            except _Refusal:
                raise _Refusal("", words, value) from None
        return several(value)

    def several(value: Iterable[object]) -> tuple[object, ...]:
        taken = []
        for index, each in enumerate(value):
            try:
                taken.append(each if type(each) in item.exact else item.take(each))
            except _Refusal as refusal:
                raise _Refusal(f"[{index}]{refusal.path}", refusal.wanted, refusal.found, refusal.hint) from None
        return tuple(taken)

    return _Kind(words, take, hidden=item.hidden)


def _fixed(items: list[_Kind]) -> _Kind:
    words = f"{len(items)} values: {', '.join(item.words for item in items)}"

    def take(value: object) -> object:
        if not isinstance(value, list | tuple) or len(value) != len(items):
            raise _Refusal("", words, value)
        taken = []
        for index, (item, each) in enumerate(zip(items, value, strict=True)):
            try:
                taken.append(item.take(each))
            except _Refusal as refusal:
                raise _Refusal(f"[{index}]{refusal.path}", refusal.wanted, refusal.found, refusal.hint) from None
        return tuple(taken)

    return _Kind(words, take)


def _mapping(key: _Kind, item: _Kind) -> _Kind:
    words = f"a dict from {key.words} to {item.words}"

    def take(value: object) -> object:
        if type(value) is not dict and not isinstance(value, collections.abc.Mapping):
            raise _Refusal("", words, value)
        taken = {}
        for name, each in value.items():
            try:
                taken[key.take(name)] = item.take(each)
            except _Refusal as refusal:
                path = f"[{found_words(name)}]{refusal.path}"
                raise _Refusal(path, refusal.wanted, refusal.found, refusal.hint) from None
        return taken

    return _Kind(words, take, hidden=item.hidden)


def _instance(wanted: type) -> _Kind:
    name = wanted.__name__
    if wanted.__module__ == foreign.__name__:  # which stands for a class of grafanalib's
        name = _AS_OURS.get(name, name)
    words = _WORDS.get(name) or f"{_article(wanted.__name__)} {wanted.__name__}"

    def take(value: object) -> object:
        # Not `isinstance`, which asks the value for its class: it may raise.
        if not issubclass(type(value), wanted):
            raise _Refusal("", words, value)
        return value

    return _Kind(words, take, (wanted,), hidden=wanted.__name__ == "Secret")


def _article(name: str) -> str:
    return "an" if name[0] in "AEIOUaeiou" else "a"


def found_words(value: object) -> str:
    """Return what was found, in words; a value that cannot be shown in a few is called by its class."""
    try:
        return _shown(value)
    except Exception:  # noqa: BLE001  # a value may raise whatever it is asked
        return f"{_article(type(value).__name__)} {type(value).__name__}"


def _shown(value: object) -> str:  # noqa: PLR0911  # one for each kind of value
    if value is None or isinstance(value, str | bytes | int | float):
        text = repr(value)
        return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, types.FunctionType | types.MethodType | types.BuiltinFunctionType):
        return f"the function {value.__name__}, which is not called"
    if isinstance(value, types.ModuleType):
        module = value.__name__.rpartition(".")[2]
        return f"{module}, which is not called" if callable(value) else f"the module {module}"
    kind = type(value).__name__
    if foreign.is_foreign(type(value)):
        return f"grafanalib's {kind}"
    if kind in ("list", "tuple", "dict", "set") and not value:
        return f"an empty {kind}"
    if not type(value).__module__.startswith("dashlib."):
        return f"{_article(kind)} {kind}"
    if kind == "Query":
        return f"promql({getattr(value, 'expression', '')!r})"
    named = getattr(value, "name", None)
    return f"{_article(kind)} {kind}" + (f" {named!r}" if isinstance(named, str) else "")


# Errors are declared elsewhere, and made with arguments like everything else.
setattr(DashlibError, "__init__", _checked_function(DashlibError.__init__, DashlibError))  # noqa: B010
