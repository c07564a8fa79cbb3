"""From the command line and the configuration file to options."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import platformdirs

from realtime import __version__
from realtime.cli.options import SECTIONS, Options, Spec, flag, specs
from realtime.cli.replaying import merged
from realtime.controls import KEYS
from realtime.errors import UsageError
from realtime.people.steadiness import Steadiness
from realtime.shipped import COMMAND


@dataclass(frozen=True)
class ParsedOptions(Options):
    """Options, and where they come from.

    typed: the names of those that stand on the command line. config: the configuration file, None if there is none.
    """

    typed: frozenset[str] = field(default=frozenset(), compare=False)
    config: Path | None = field(default=None, compare=False)


def profile_path(name: str) -> Path:
    """Return the file in which somebody's resting face is kept."""
    return own_folder() / "profiles" / f"{name}.json"


def progress_path(name: str) -> Path:
    """Return the file in which is kept how often somebody showed which expression, if they want that."""
    return own_folder() / "practice" / f"{name}.json"


def report_folder(given: str) -> Path:
    """Return where the sessions of reports go; the program's own place where none was given."""
    return Path(given).expanduser() if given else own_folder() / "reports"


def own_folder() -> Path:
    """Return where the program keeps what it knows of people."""
    return platformdirs.user_data_path("emoji-camera", appauthor=False)


def default_config() -> Path:
    """Return where the user's own configuration file is looked for."""
    return platformdirs.user_config_path("emoji-camera", appauthor=False) / "config.toml"


def control_token() -> Path:
    """Return where the token of the control socket is kept."""
    return default_config().with_name("control-token")


def parse(argv: Sequence[str]) -> ParsedOptions:
    """Return the options: the command line's, else the configuration file's, else the defaults.

    Raises:
        UsageError: the configuration file can't be used, or options contradict each other.
        SystemExit: with code 2 for a wrong command line, with 0 after --help and --version.
    """
    given = vars(_parser().parse_args(argv))
    config = given.pop("config", None)
    path = default_config() if config is None else Path(config)
    configured = _configured(path, required=config is not None)
    options = ParsedOptions(
        **(configured | {name: _frozen(value) for name, value in given.items()}),
        typed=frozenset(given),
        config=path if configured else None,
    )
    if not options.output:
        # Who watches something shall not watch themselves beside it.
        options = replace(options, output=("none",) if options.json or options.against else ("auto",))
    if options.on_demand and not any(output.split(":")[0] == "virtual" for output in options.output):
        raise UsageError("--on-demand waits for somebody to watch the virtual camera.", "Add --output virtual.")
    if "practise_with" in options.typed and not options.practise:
        raise UsageError("--practise-with is for practising.", "Add --practise.")
    if options.report is None and (options.everyone or options.report_format):
        name = "--everyone" if options.everyone else "--report-format"
        raise UsageError(f"{name} is for reports.", "Add --report DIR.")
    _check_against(options)
    return options


def _check_against(options: Options) -> None:
    """Raise UsageError for what does not go with stimuli, or not without them."""
    if not options.against:
        for name in ("against_order", "against_pause"):
            if getattr(options, name) is not None:
                raise UsageError(f"{flag(name)} is for --against.", "Add --against FILE.")
        return
    if options.report is None:
        raise UsageError("--against keeps what is seen in a report.", "Add --report DIR.")
    for name in ("replay", "teach", "practise", "on_demand", "review"):
        if getattr(options, name):
            raise UsageError(f"{flag(name)} can't go with --against.", "Leave one of them out.")


def with_traced(options: Options, traced: dict[str, Any]) -> Options:
    """Return options with those of a trace in place of all that don't stand on the command line.

    Where they differ about privacy, what hides more wins. Raises UsageError for values that no version could have.
    """
    known = {name: _frozen(traced[name]) for name, spec in specs().items() if spec.traced and name in traced}
    if isinstance(smoothing := traced.get("smoothing"), dict):
        known["smoothing"] = _smoothing(smoothing, "The trace")
    return merged(options, known, options.typed if isinstance(options, ParsedOptions) else ())


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=COMMAND,
        description="Cover every face your webcam sees with an emoji that shows its expression, live.",
        epilog="Keys: " + "; ".join(f"{key} {meaning}" for key, (_, meaning) in KEYS.items()) + ".",
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    groups = {section: parser.add_argument_group(section) for section in SECTIONS}
    for name, spec in specs().items():
        groups[spec.section].add_argument(*_flags(name, spec), **_arguments(name, spec))
    program = groups[SECTIONS[-1]]
    program.add_argument(
        "--config", metavar="FILE", help=f"options as TOML; default: {default_config()}, if there is one"
    )
    program.add_argument("--version", action="version", version=f"emoji camera {__version__}")
    return parser


def _flags(name: str, spec: Spec) -> tuple[str, ...]:
    # argparse makes the --no- form of an option itself.
    return flag(name), *(other for other in spec.flags if not other.startswith("--no-"))


def _arguments(name: str, spec: Spec) -> dict[str, Any]:
    """Return how argparse is told of an option."""
    told: dict[str, Any] = {"dest": name, "help": spec.help.replace("%", "%%")}
    if _is_switch(name):
        negated = any(other.startswith("--no-") for other in spec.flags)
        return told | {"action": argparse.BooleanOptionalAction if negated else "store_true"}
    if spec.choices:
        return told | {"choices": spec.choices}
    told |= {"metavar": spec.metavar}
    if spec.parse is not None:
        told["type"] = spec.parse
    if spec.without_value is not None:
        told |= {"nargs": "?", "const": spec.without_value}
    if spec.many:
        return told | {"nargs": "+", "action": "extend"}
    return told | ({"action": "append"} if spec.lists else {})


def _is_switch(name: str) -> bool:
    return isinstance(_default(name), bool)


def _default(name: str) -> Any:
    member = next(member for member in fields(Options) if member.name == name)
    return None if member.default is MISSING else member.default


def _configured(path: Path, required: bool) -> dict[str, Any]:
    if not required and not path.is_file():
        return {}
    from realtime.cli.config_file import read_config  # which needs NumPy, and --help doesn't

    return checked(read_config(path), f"The configuration {path}")


def checked(table: Mapping[str, Any], whose: str) -> dict[str, Any]:
    """Return the options in a table, by the names of their fields.

    Args:
        table: As a configuration file has it.
        whose: It is, as the beginning of a sentence.

    Raises:
        UsageError: A key is unknown, or a value none.
    """
    values = {_known(key, whose): value for key, value in table.items() if key != "smoothing"}
    found = {name: _checked(name, flag(name)[2:], value, whose) for name, value in values.items()}
    return found | ({"smoothing": _smoothing(table["smoothing"], whose)} if "smoothing" in table else {})


def _smoothing(table: Any, whose: str) -> Steadiness:
    """Return the expert settings of a [smoothing]."""
    names = [member.name for member in fields(Steadiness)]
    if not isinstance(table, dict) or not all(
        isinstance(v, (int, float)) and not isinstance(v, bool) and 0 <= v < 1000 for v in table.values()
    ):
        raise UsageError(
            f"{whose} has a [smoothing] that is no table of numbers from 0 to 1000.", f"Known are: {', '.join(names)}."
        )
    if unknown := sorted(set(table) - set(names)):
        raise UsageError(
            f"{whose} has an unknown key '{unknown[0]}' in [smoothing].", f"Known are: {', '.join(names)}."
        )
    return Steadiness(**{name: float(value) for name, value in table.items()})


def _known(key: str, whose: str) -> str:
    """Return the field that a key of the configuration means."""
    name = key.replace("-", "_")
    configurable = [known for known, spec in specs().items() if not spec.action]
    if name in configurable:
        return name
    names = [flag(known)[2:] for known in configurable]
    near = difflib.get_close_matches(key, names, 1)
    remedy = f"Did you mean '{near[0]}'?" if near else f"Known are: {', '.join(names)}."
    raise UsageError(f"{whose} has an unknown key '{key}'.", remedy)


def _checked(name: str, key: str, value: Any, whose: str) -> Any:
    """Return a value of a table, checked as the command line's are."""
    spec = specs()[name]
    if value is None:
        return _default(name)
    wrong = f"{whose} has {key} = {value!r}"
    if _is_switch(name):
        if isinstance(value, bool):
            return value
        raise UsageError(f"{wrong}; it is true or false.", f"Write {key} = true, or {key} = false.")
    try:
        if spec.lists:
            parse = spec.parse or str
            return tuple(parse(str(item)) for item in (value if isinstance(value, list) else [value]))
        checked = spec.parse(str(value)) if spec.parse is not None else str(value)
    except (argparse.ArgumentTypeError, ValueError) as error:
        raise UsageError(f"{wrong}: {error}.", "Write it as --help says.") from error
    if spec.choices and checked not in spec.choices:
        raise UsageError(
            f"{wrong}; it is one of {', '.join(spec.choices)}.",
            f'Write {key} = "{spec.choices[0]}", or another of them.',
        )
    return checked
