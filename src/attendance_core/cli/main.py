"""The ``attendance`` command: lists its subcommands, loads each when used, and turns errors into exit statuses."""

import sys
from importlib import import_module
from itertools import pairwise
from typing import Any

import click

from attendance_core import __version__
from attendance_core.errors import AttendanceError, PluginError

_COMMANDS = {
    "report": ("report", "Read a register, check it, and write a report."),
    "check": ("check", "Read and validate a register, nothing else."),
    "init": ("init", "Look at an unknown export and write attendance.toml."),
    "explain": ("explain", "Say what stands behind a figure."),
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
    try:
        result: Any = cli.main(args=arguments, prog_name="attendance", standalone_mode=False)
    except AttendanceError as error:
        if _wants_json(arguments):
            from attendance_core.cli.shared import as_error, print_json

            print_json(as_error(error))
        for fault in error.faults:
            click.echo(f"{'plugin failed' if isinstance(error, PluginError) else 'error'}: {fault}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except click.Abort:
        click.echo("Stopped.", err=True)
        return 130
    except BrokenPipeError:
        return 0
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    return result if isinstance(result, int) else 0


def main() -> None:
    """Entry point of the console script."""
    sys.exit(run(sys.argv[1:]))
