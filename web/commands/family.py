"""The group all commands belong to: expected errors become one Chinese sentence on stderr and a non-zero exit code."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from models.keyring import CryptoError, KeyFileInvalid, KeyMissing
from models.session import LockTimeout
from web.config import SettingWrong
from web.present.calendar import fault_in_words
from workflow.calendar_files import CalendarFileWrong
from workflow.errors import NotAllowed, NotFound, Refused, Stale, Unacceptable, Unmet
from workflow.processes import Changed

REFUSED, WRONG_USE = 1, 2


class Family(click.Group):
    """A click group whose complaints are written for the person at the keyboard.

    `places` names the module and attribute of each command; the module is imported when the command is asked for.
    """

    def __init__(self, *args: Any, places: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._places:
            return None
        module, _, attribute = self._places[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def main(self, args: Sequence[str] | None = None, **extra: Any) -> Any:  # type: ignore[override]  # two overloads
        standalone = extra.pop("standalone_mode", True)
        try:
            result = super().main(args, standalone_mode=False, **extra)
        except click.exceptions.Abort:
            self._leave("已中断。", 130)
        except click.UsageError as error:
            where = error.ctx.command_path if error.ctx else "xuejiban"
            self._leave(f"{_usage(error)}\n用法见：{where} --help", WRONG_USE)
        except click.ClickException as error:
            self._leave(error.format_message(), REFUSED)
        except tuple(SENTENCES) as error:
            self._leave(sentence(error), REFUSED)
        if standalone:
            raise SystemExit(result if isinstance(result, int) else 0)
        return result

    def _leave(self, text: str, code: int) -> None:
        click.echo(text, err=True)
        raise SystemExit(code)


def sentence(error: BaseException) -> str:
    """Return what a person reads about an expected error."""
    for kind, say in SENTENCES.items():
        if isinstance(error, kind):
            return say(error)
    raise error


def _unmet(error: Any) -> str:
    return "；".join(reason.message for reason in error.reasons if reason.blocks) + "。"


def _calendar(error: Any) -> str:
    return f"{fault_in_words(error)}。"


def _database(error: Any) -> str:
    text = str(error.orig)
    if "no such table" in text or "UndefinedTable" in type(error.orig).__name__:
        return "数据库还没有建立或不是最新，请先运行 xuejiban db upgrade（演示请运行 xuejiban demo）。"
    first = text.splitlines()[0] if text else type(error.orig).__name__
    return f"数据库不能使用：{first}"


SENTENCES: dict[type[BaseException], Callable[[Any], str]] = {
    Unacceptable: lambda error: error.message.rstrip("。") + "。",
    Unmet: _unmet,
    NotAllowed: lambda error: (error.why or "没有权限办理").rstrip("。") + "。",
    NotFound: lambda error: "没有找到。",
    Stale: lambda error: "内容已被他人更改，请重新查看后再办理。",
    Refused: lambda error: "不能办理。",
    LockTimeout: lambda error: "数据库正被其他操作占用，请稍后重试。",
    SettingWrong: lambda error: f"设置有误：{error}。",
    KeyMissing: lambda error: "没有找到密钥文件（keys.json），请先运行 xuejiban demo 或 xuejiban init；"
    "数据目录由 XUEJIBAN_DATA_DIR 指定。",
    KeyFileInvalid: lambda error: "密钥文件不能使用：已损坏，或权限不是 0600。",
    CryptoError: lambda error: "加密数据不能打开：密钥不符，或数据被改动。",
    CalendarFileWrong: _calendar,
    Changed: lambda error: f"流程定义与数据库中已发布的版本不一致：{error}。",
    OperationalError: _database,
    ProgrammingError: _database,
    PermissionError: lambda error: f"没有权限读写 {error.filename}。",
    FileNotFoundError: lambda error: f"没有找到 {error.filename}。",
    IsADirectoryError: lambda error: f"{error.filename} 是文件夹，不是文件。",
    NotADirectoryError: lambda error: f"{error.filename} 不是文件夹。",
}
"""Expected errors, the special ones first; whatever is not here is a defect and shows its traceback."""


def _usage(error: click.UsageError) -> str:
    if isinstance(error, click.MissingParameter):
        return f"缺少 {_parameter(error)}。"
    if isinstance(error, click.NoSuchOption):
        return f"没有选项 {error.option_name}。"
    if isinstance(error, click.BadParameter):
        return f"{_parameter(error)} 不对：{error.message}。"
    if "No such command" in error.message:
        return f"没有这个命令：{error.message.split()[-1].strip(chr(39) + '.')}。"
    return error.message.rstrip("。") + "。"


def _parameter(error: click.BadParameter) -> str:
    if error.param is None:
        return str(error.param_hint or "参数")
    return error.param.opts[0] if isinstance(error.param, click.Option) else str(error.param.human_readable_name)
