"""`serve` and `worker`, the two processes of an installation, and `relay`, which may stand before the mail server."""

import datetime as dt
import logging
import signal
import sys
import threading
from types import FrameType
from typing import Any

import click
from gunicorn.app.base import BaseApplication

from web import worker as machine
from web.app import create_lasting_app
from web.commands.frame import Number, settings_for, today_option
from web.config import Settings
from web.database import open_house
from web.demo.running import end_with
from web.mailer import Mailer
from web.relay import Onward, Queue, Relay


class Gunicorn(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn without a configuration file: what the command line says holds."""

    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self._settings, self._options = settings, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return create_lasting_app(self._settings)


@click.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, metavar="地址:端口", help="在哪里提供网页。")
@click.option("--workers", type=Number(1, 64), default=2, show_default=True, help="进程数。")
@click.option("--threads", type=Number(1, 64), default=4, show_default=True, help="每个进程的线程数。")
@today_option
def serve(bind: str, workers: int, threads: int, today: dt.date | None) -> None:
    """提供网页和接口（gunicorn）。提醒、邮件和打印由 worker 完成，须另行启动。"""
    settings = settings_for(today)
    open_house(settings).close()  # says at once, in one sentence, what is missing
    options = {
        "bind": bind,
        "workers": workers,
        "threads": threads,
        "worker_class": "gthread",
        "graceful_timeout": 30,
        "timeout": 60,
        "accesslog": None,
        "loglevel": settings.log_level.lower(),
        "proc_name": "xuejiban",
        "control_socket_disable": True,
    }
    Gunicorn(settings, options).run()


@click.command()
@click.option("--while-stdin-open", is_flag=True, hidden=True)
@today_option
def worker(while_stdin_open: bool, today: dt.date | None) -> None:
    """按时提醒、发信、打印：网页之外的一切。可以同时运行多个。"""
    settings = settings_for(today)
    open_house(settings).close()
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)  # a job that is still busy is no news
    stop = _until_told()
    if while_stdin_open:
        end_with(sys.stdin.buffer, stop)
    machine.run(settings, stop)


@click.command()
@click.option("--port", type=Number(1, 65535), default=2525, show_default=True, help="在本机的哪个端口收信。")
def relay(port: int) -> None:
    """邮件中转：从本机收信，每封只收一次，存盘后再转交邮件服务器，直到对方收下。

    转交给 XUEJIBAN_RELAY_URL；worker 的 XUEJIBAN_SMTP_URL 写成 smtp://127.0.0.1:2525。
    """
    settings = settings_for()
    if not settings.relay_url:
        raise click.ClickException("请先设置 XUEJIBAN_RELAY_URL，即中转之后的邮件服务器")
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stop = _until_told()
    queue = Queue(settings.relay_file)
    try:
        with Relay(queue, port=port), Mailer(settings.relay_url) as mailer:
            Onward(queue, mailer, settings.reports_dir).run(stop)
    except OSError as taken:
        raise click.ClickException(f"端口 {port} 不能使用：{taken.strerror}") from None
    finally:
        queue.close()


def _until_told() -> threading.Event:
    """Return an event that is set when the process is told to end."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    return stop
