"""The ``attendance`` command: lists its subcommands, loads each when used, and turns errors into exit statuses."""

import sys
from errno import EPIPE
from importlib import import_module
from io import TextIOWrapper
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from attendance_core import __version__
from attendance_core.errors import AttendanceError, Fault, InputError, PluginError

#: Exit status of a mistake in this program itself (EX_SOFTWARE of sysexits).
INTERNAL = 70

_COMMANDS = {
    "report": ("report", "Read a register, check it, and write a report."),
    "check": ("check", "Read and validate a register, nothing else."),
    "init": ("init", "Look at an unknown export and write attendance.toml."),
    "concerns": ("concerns", "Ask policies who needs attention, and why."),
    "impact": ("impact", "Say whether a programme, plan or cohort helped."),
    "policy": ("policy", "List, show, check, try and compare policies."),
    "weekly": ("weekly", "Make the packs of a week for every audience."),
    "support": ("support", "Write down and follow what was offered to a pupil and family."),
    "tiers": ("tiers", "Propose a tier of support for each pupil; a person decides."),
    "letters": ("letters", "Write letters that wait for a person, and say why others are kept back."),
    "statement": ("statement", "Write each pupil's statement of a term."),
    "recognition": ("recognition", "List improved and sustained attendance, and nobody else."),
    "plan": ("plan", "Draft, follow, review, publish and roll over improvement plans."),
    "agenda": ("agenda", "Make the agenda of a meeting, last follow-ups first."),
    "explain": ("explain", "Say what stands behind a figure or a concern."),
    "reconcile": ("reconcile", "Say why two figures differ, pupil by pupil."),
    "frameworks": ("frameworks", "Look at frameworks of good practice, and what links them."),
    "audit": ("audit", "Answer a framework, and see its status and what records say."),
    "store": ("store", "Check, back up and move a store of records."),
    "codes": ("codes", "Print the attendance codes with their citations."),
    "plugins": ("plugins", "List the plugins and what they bring."),
    "demo": ("demo", "Write a synthetic school, its truth, and its report."),
}


class _Lazy(click.Group):
    """A group whose commands are imported when they are called, so that ``--help`` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which a newcomer needs them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"attendance_core.cli.{_COMMANDS[cmd_name][0]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="attendance")
def cli() -> None:
    """School attendance in England: from a register export to figures that explain themselves.

    Exit status: 0 fine, 1 findings in the data, 2 unusable input, 3 a plugin failed.
    """


def _wants_json(arguments: list[str]) -> bool:
    return "--format=json" in arguments or any(
        first == "--format" and second == "json" for first, second in pairwise(arguments)
    )


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit status."""
    stdout = sys.stdout
    try:
        result: Any = cli.main(args=arguments, prog_name="attendance", standalone_mode=False)
    except AttendanceError as error:
        return _told(error, arguments)
    except OSError as error:  # a name too long, a disk that is full or went away
        what = (error.strerror or type(error).__name__).lower()
        fault = Fault(str(error.filename or "a file"), what, "a file that can be used", "Check the path and the disk")
        return _told(InputError(fault), arguments)
    except click.ClickException as error:
        if _wants_json(arguments):
            from attendance_core.cli.shared import print_json

            fault = Fault("command line", error.format_message(), "", "See --help")
            print_json({"error": {"code": "usage", "faults": [fault._asdict()]}})
        error.show()
        return 2
    except click.Abort:
        click.echo("Stopped.", err=True)
        return 130
    except SystemExit as leaving:
        # click leaves with 1 when the reader closed the pipe; by its version, the error or a new stdout shows it.
        closed = isinstance(leaving.__context__, OSError) and leaving.__context__.errno == EPIPE
        if closed or sys.stdout is not stdout:
            return 0  # whoever reads the output has seen enough
        return leaving.code if isinstance(leaving.code, int) else 0
    except BaseException as error:
        from attendance_core.plugins.discovery import survivable

        if not survivable(error):
            raise
        return _own_fault(error, as_json=_wants_json(arguments))
    return result if isinstance(result, int) else 0


def _told(error: AttendanceError, arguments: list[str]) -> int:
    """Print an error, each fault on its line, and return its exit status."""
    if _wants_json(arguments):
        from attendance_core.cli.shared import as_error, print_json

        print_json(as_error(error))
    from attendance_core.cli.shared import spoken

    for fault in error.faults:
        click.echo(f"{'plugin failed' if isinstance(error, PluginError) else 'error'}: {spoken(fault)}", err=True)
    return error.exit_code


def _own_fault(error: BaseException, *, as_json: bool) -> int:
    """Say that this program is wrong, where, and nothing else: the exception's text may quote a pupil's data."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if "attendance_core" in file.parts:
            place = f"{file.parent.name}/{file.name} line {trace.tb_lineno}"
        trace = trace.tb_next
    what = f"{type(error).__name__} at {place}, version {__version__}"
    fault = Fault("attendance", what, "", "This is a mistake of the program, not of your data: please report this line")
    if as_json:
        from attendance_core.cli.shared import print_json

        print_json({"error": {"code": "internal", "faults": [fault._asdict()]}})
    click.echo(f"internal error: {fault}", err=True)
    return INTERNAL


def _speak_utf8() -> None:
    """Write UTF-8 into pipes and files, and never fail over a character that a terminal cannot show."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")


def main() -> None:
    """Entry point of the console script."""
    _speak_utf8()
    sys.exit(run(sys.argv[1:]))
