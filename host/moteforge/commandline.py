# SPDX-License-Identifier: Apache-2.0
"""The command `mote`: finds its verbs by scanning a folder; ends every error in one place."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

import click

from .errors import MoteError

EXIT_INTERRUPTED = 130
VERBS = Path(__file__).with_name("verbs")


class Verbs(click.Group):
    """A group whose commands are the files of moteforge/verbs, loaded when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs' names, in alphabetical order."""
        files = VERBS.glob("[a-z]*.py")
        return sorted(path.stem.replace("_", "-") for path in files)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of a verb, or None where there is no such file."""
        if name not in self.list_commands(ctx):
            return None
        return importlib.import_module(f".verbs.{name.replace('-', '_')}", __package__).command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As click does, with the nearest name in the message."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], self.list_commands(ctx), 1)
            hint = f" Did you mean `mote {near[0]}`?" if near else " See `mote --help`."
            ctx.fail(f"There is no verb {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)


def print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    """Prints the version and ends."""
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"mote {version('moteforge')}")
        ctx.exit()


@click.command(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 ok, 1 failed, 2 usage, 3 no device, 4 refused, 130 interrupted.",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=print_version,
    help="Print the version.",
)  # fmt: skip
def mote() -> None:
    """Machine learning on MicroPython boards: install, inspect, run and replay models."""


def wants_json(arguments: list[str]) -> bool:
    """Whether errors go to stdout as JSON; also true for a command line that cannot be parsed."""
    from .settings import Settings

    if "--json" in arguments:
        return True
    try:
        return bool(Settings.load().get("json", False))
    except MoteError:
        return False


def report(message: str, remedy: str | None, code: int, arguments: list[str]) -> int:
    """Tells the user about a failure: as JSON on stdout, or as text on stderr."""
    if wants_json(arguments):
        from .output import print_json

        print_json(
            {"schema": "moteforge.error/1", "error": message, "remedy": remedy, "exit_code": code}
        )
    else:
        style = "\033[1;31m{}\033[0m" if sys.stderr.isatty() else "{}"
        print(f"{style.format('error:')} {message}", file=sys.stderr)
        if remedy:
            print(f"  {remedy}", file=sys.stderr)
    return code


def report_bug(error: Exception, arguments: list[str]) -> int:
    """An exception nobody foresaw: one line, with --verbose the traceback too."""
    if "--verbose" in arguments or os.environ.get("MOTE_VERBOSE", "0") not in ("", "0"):
        import traceback

        traceback.print_exc()
    text = f"internal error: {type(error).__name__}: {error}"
    return report(text, "Run again with --verbose and report the traceback.", 1, arguments)


def run(arguments: list[str]) -> int:
    """Runs one command line and returns its exit code; nothing but SystemExit passes through."""
    try:
        code = mote.main(args=arguments, prog_name="mote", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except (KeyboardInterrupt, click.Abort):
        return report("interrupted", None, EXIT_INTERRUPTED, arguments)
    except click.ClickException as error:
        if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):  # click 8.2 on
            print(error.format_message(), file=sys.stderr)
            return 2
        hint = getattr(error, "ctx", None)
        remedy = f"See `{hint.command_path} --help`." if hint else None
        return report(error.format_message(), remedy, 2, arguments)
    except MoteError as error:
        return report(error.message, error.remedy, error.exit_code, arguments)
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is None and stdout_fails():
            raise
        return report_bug(error, arguments)
    except Exception as error:  # the one place where a bug becomes a message
        return report_bug(error, arguments)


def stdout_fails() -> bool:
    """Whether stdout takes nothing more; a working one gets an empty line, as there is no other way
    to know."""
    try:
        sys.stdout.write("\n")
        sys.stdout.flush()
    except OSError:
        return True
    return False
