"""The command line: which command, what went wrong in one sentence, and the exit status.

0 done; 1 a check failed; 2 bad usage or a bad model; 3 an output that could not be written.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from typing import TextIO

from .commands import COMMANDS, WINDOW, Command, Result, UnwrittenError, UsageError

DONE, FAILED, BAD, UNWRITTEN, INTERRUPTED = 0, 1, 2, 3, 130
DEBUG = "GRAPHVIZ_APP_DEBUG"


def main(argv: Sequence[str]) -> int:
    """Run one command line, without the program's name; return its exit status."""
    try:
        return _run(argv)
    except SystemExit as end:  # argparse has said what is wrong, or printed the help that was asked for
        return end.code if isinstance(end.code, int) else BAD
    except KeyboardInterrupt:
        return _complain(INTERRUPTED, "interrupted")
    except Exception as error:
        if os.environ.get(DEBUG) == "1":
            raise
        what = f"{type(error).__name__}: {error}".splitlines()[0][:300]
        return _complain(FAILED, f"graphviz-app: error: something unforeseen happened ({what}); {DEBUG}=1 shows where")


def _run(argv: Sequence[str]) -> int:
    command, options = _parsed(argv)
    try:
        result = command.run(options)
    except UsageError as error:
        return _complain(BAD, f"{f'graphviz-app {command.name}'.strip()}: error: {error}")
    except UnwrittenError as error:
        return _complain(UNWRITTEN, str(error))
    except MemoryError:
        return _complain(
            BAD, f"{options.model}: error: there is not enough memory: choose smaller arrays or fewer steps"
        )
    except (ValueError, OSError) as error:
        return _complain(BAD, *_model_mistakes(str(options.model), error))
    return _deliver(result)


def _model_mistakes(model: str, error: ValueError | OSError) -> list[str]:
    """What is wrong with the model, one line each; an error that is not about the model is raised again."""
    from graphviz_models.problem import Problems

    if isinstance(error, Problems):
        return [
            f"{model}:{problem.line}:{problem.column}: error: {problem.message}"
            if problem.line
            else f"{model}: error: {problem.message}"
            for problem in error.problems
        ]
    if isinstance(error, OSError):
        return [f"{model}: error: {error.strerror or error}"]
    raise error


def _parsed(argv: Sequence[str]) -> tuple[Command, argparse.Namespace]:
    first = next((word for word in argv if not word.startswith("-")), None)
    if first not in COMMANDS and len(argv) < 2 and (first is not None or not argv):
        return WINDOW, argparse.Namespace(model=first)  # a start, which should be a quick one
    if first not in COMMANDS:
        parser = _window_parser()
        words = [word for word in argv if not word.startswith("-")]
        if len(words) > 1 and first is not None:
            import difflib

            close = difflib.get_close_matches(first, COMMANDS, 1)
            parser.error(
                f"{first} is no command{f': did you mean {close[0]}?' if close else ': see graphviz-app --help'}"
            )
        return WINDOW, parser.parse_args(argv)
    command = COMMANDS[first]
    parser = argparse.ArgumentParser(f"graphviz-app {first}", description=command.summary, allow_abbrev=False)
    command.arguments(parser)
    rest = list(argv)
    rest.remove(first)
    return command, parser.parse_args(rest)


def _window_parser() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS))
    listed = "\n".join(f"  {name:<{width}}  {command.summary}" for name, command in COMMANDS.items())
    parser = argparse.ArgumentParser(
        "graphviz-app",
        usage="graphviz-app [-h] [--version] [MODEL]\n       graphviz-app COMMAND [-h] ...",
        description=WINDOW.summary,
        epilog=f"commands:\n{listed}\n\nMODEL is a path to a model file, or the id of a built-in exercise.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    WINDOW.arguments(parser)
    return parser


def _deliver(result: Result) -> int:
    """Write a command's output and say its status; nothing is written before the command is done."""
    if sys.stdout is None:  # closed by whoever started the program
        return result.status if not result.output else _complain(UNWRITTEN, "standard output: error: it is closed")
    try:
        if result.output:
            sys.stdout.write(result.output)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough
        _silence(sys.stdout)
        return UNWRITTEN
    except OSError as error:
        _silence(sys.stdout)
        return _complain(UNWRITTEN, f"standard output: error: {error.strerror or error}")
    except UnicodeEncodeError as error:
        return _complain(
            UNWRITTEN,
            f"standard output: error: {error.encoding} has no {error.object[error.start]!r}; set PYTHONUTF8=1",
        )
    return result.status


def _complain(status: int, *lines: str) -> int:
    if sys.stderr is None:
        return status
    with contextlib.suppress(OSError):
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        sys.stderr.flush()
        return status
    _silence(sys.stderr)
    return status


def _silence(stream: TextIO) -> None:
    """What is left in the stream's buffer goes nowhere, so that the interpreter's exit does not fail on it."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
