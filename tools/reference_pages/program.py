"""Pages on the program: errors, outlines, command line, Python API."""

import inspect
import re
from typing import Any

from reference_pages.saying import summary
from reference_pages.writing import code, listed, page, sentences, table, yes


def error_classes() -> list[type]:
    """Return the root and every error below it, parents first."""
    from attendance_core.errors import AttendanceError

    found: list[type] = []

    def walk(cls: type[AttendanceError]) -> None:
        found.append(cls)
        for child in cls.__subclasses__():
            if child.__module__ == "attendance_core.errors":
                walk(child)

    walk(AttendanceError)
    return found


def errors_page() -> str:
    """Errors, exit statuses, and reasons for rejects."""
    from attendance_core.register.account import HARMLESS, REMEDIES, Reject

    rows = []
    for cls in error_classes():
        text = " ".join((inspect.getdoc(cls) or "").split())
        match = re.search(r"What to do: (.*?)(?: Attributes:|$)", text)
        parent = cls.__mro__[1].__name__
        rows.append(
            (
                code(cls.__name__),
                code(getattr(cls, "code", "")),
                getattr(cls, "exit_code", ""),
                "" if parent == "Exception" else code(parent),
                summary(cls),
                match[1][0].upper() + match[1][1:].replace("``", "`") if match else "",
            )
        )
    return page(
        "Errors",
        "Every error of the library is an `AttendanceError`.\n"
        "It carries `faults`, all that was found at once; each has `where`, `what`, `expected` and `remedy`.\n"
        "`code` is a stable name for programs; with `--format json` the command line prints it with the faults.\n"
        "No message holds a name or id of a pupil: input is named by file, row, column or key path.",
        "## Exit statuses of the command line",
        table(
            ("Status", "Meaning"),
            [
                (0, "All is well."),
                (1, "Findings: some marks were rejected and should be mended, or the register check found something."),
                (2, "The input, an option or a document cannot be used."),
                (3, "A plugin failed; this outranks 1. A format that nobody asked for may fail with a note only."),
                (70, "A mistake of the program, not of your data: please report the line that is printed."),
                (130, "Stopped from the keyboard."),
            ],
        ),
        "## Errors",
        table(("Class", "Code", "Status", "Kind of", "Meaning", "What to do"), rows),
        "## Why a mark is rejected",
        "Marks in = coded + no mark + rejects.\n"
        "A reject stands in the account with its row, its reason and what was found there.\n"
        "Reasons that are no finding do not change the exit status.",
        table(
            ("Reason", "Finding", "What to do"),
            [(code(reason.value), yes(reason not in HARMLESS), REMEDIES[reason]) for reason in Reject],
        ),
    )


def outlines_page() -> str:
    """Outlines that ship, and the sections there are."""
    from attendance_core.model.reports import SectionKind
    from attendance_core.reports.disclosure import SMALLEST
    from attendance_core.reports.outlines import load_outlines
    from attendance_core.reports.sections import BUILDERS

    means = {kind: " ".join((inspect.getdoc(build) or "").split()) for kind, build in BUILDERS.items()}
    parts = [
        "An outline says what a report holds, in which order, for whom.\n"
        "It is TOML; a plugin can bring another or replace one, see [hooks](hooks.md).\n"
        "`attendance report --audience ID` chooses one.\n"
        f"For an audience outside the school, numbers below {SMALLEST} are withheld, "
        "see [disclosure](../explanation/disclosure.md).\n"
        "The JSON that reports render to follows "
        "[report.schema.json](../../src/attendance_core/reports/report.schema.json)."
    ]
    for outline in load_outlines():
        who = outline.audience
        parts += [
            f"## `{outline.id}`: {outline.title}",
            listed(
                [
                    f"For: {who.title}.",
                    f"Names pupils: {yes(who.names_pupils)}.",
                    f"Belongs to the school: {yes(who.inside)}.",
                    f"A sentence of context for every figure: {yes(outline.context)}.",
                ]
            ),
            table(
                ("Section", "Kind", "Measures"),
                [(one.title, code(one.kind.value), ", ".join(map(code, one.measures))) for one in outline.sections],
            ),
        ]
    parts += [
        "## Kinds of section",
        table(
            ("Kind", "What it shows"),
            [
                (code(kind.value), means.get(kind, "Lesson attendance and lateness by subject and week."))
                for kind in SectionKind
            ],
        ),
    ]
    return page("Outlines", *parts)


def command_line_page() -> str:
    """Commands with their arguments and options."""
    import click

    from attendance_core.cli.main import cli

    parts = [
        "Every command takes `--help`.\n"
        "What a command says about its work goes to standard error, what it was asked for to standard output; "
        "piped output is never cut to a width.\n"
        "See [errors](errors.md) for the exit statuses."
    ]

    def add(command: click.Command, path: str) -> None:
        context = click.Context(command, info_name=path)
        parts.append(f"{'#' * (2 + (path.count(' ') > 1))} `{path}`")
        usage = " ".join([path, *(piece for piece in command.collect_usage_pieces(context))])
        parts.append(f"```text\n{usage}\n```")
        parts.append(sentences(inspect.cleandoc(command.help or "")))
        rows = []
        for option in command.params:
            if isinstance(option, click.Option):
                rows.append((", ".join(map(code, option.opts)), _values(option), _default(option), option.help or ""))
        if rows:
            parts.append(table(("Option", "Value", "Default", "Meaning"), rows))
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                if child is not None:
                    add(child, f"{path} {name}")

    add(cli, "attendance")
    return page("Command line", *parts)


def api_page() -> str:
    """The names that a program imports from the package, and the methods of the two objects that it works with."""
    import attendance_core

    parts = [
        "These names can be imported from `attendance_core`; each is loaded when it is first used.\n"
        "[Embed it in a program](../how-to/embed-in-a-program.md) shows them at work.\n"
        "Names with an underscore, and modules that are not named in this documentation, may change at any time.",
        "## Names",
    ]
    rows = []
    for name in attendance_core.__all__:
        value = getattr(attendance_core, name)
        home = getattr(value, "__module__", "attendance_core") or "attendance_core"
        means = {"__version__": "The version, as a text.", "hookimpl": "Marks a function as a plugin's hook."}
        text = means.get(name) or summary(value).replace("``", "`")
        rows.append((code(name), code("attendance_core" if name in means else home), text))
    parts.append(table(("Name", "Home", "What it is"), rows))
    for name in ("Workbench", "Analysis"):
        cls = getattr(attendance_core, name)
        calls = []
        # A workbench is made of classes, one a subject: the calls of all of them are its own.
        members = {name: value for base in reversed(cls.__mro__) for name, value in vars(base).items()}
        for method, value in members.items():
            function = getattr(value, "__func__", None) or getattr(value, "func", None) or getattr(value, "fget", value)
            if method.startswith("_") or not inspect.isfunction(function):
                continue
            called = [one for one in inspect.signature(function).parameters if one not in ("self", "cls")]
            plain = not isinstance(value, property) and not hasattr(value, "func")
            spelled = f"{method}({', '.join(called)})" if plain else method
            calls.append((code(spelled), (inspect.getdoc(function) or "").split("\n\n")[0].replace("``", "`")))
        parts += [f"## {name}", sentences(summary(cls)), table(("Call", "What it does"), calls)]
    return page("Python API", *parts)


def _values(option: Any) -> str:
    import click

    if option.is_flag:
        return "none"
    if isinstance(option.type, click.Choice):
        text = " or ".join(code(choice) for choice in option.type.choices)
    elif isinstance(option.type, click.IntRange):
        text = f"whole number, {option.type.min} to {option.type.max}"
    else:
        names = {"integer": "whole number", "path": "path", "date": "date", "text": "text", "file": "file"}
        text = names.get(option.type.name, option.type.name)
    return f"{text}; may be repeated" if option.multiple else text


def _default(option: Any) -> str:
    return code(option.default) if option.show_default and option.default not in (None, "") else ""
