"""`xuejiban`: the family of commands. What each one does stands in web/commands, one subject a file."""

import click

from web.commands.family import Family

COMMANDS = {
    "demo": "web.commands.demo:demo",
    "init": "web.commands.database:init",
    "serve": "web.commands.serve:serve",
    "worker": "web.commands.serve:worker",
    "relay": "web.commands.serve:relay",
    "db": "web.commands.database:db",
    "doctor": "web.commands.doctor:doctor",
    "user": "web.commands.users:user",
    "import": "web.commands.imports:imports",
    "student": "web.commands.students:student",
    "calendar": "web.commands.calendar:calendar",
    "cases": "web.commands.cases:cases",
    "problems": "web.commands.problems:problems",
    "policies": "web.commands.policies:policies",
    "statistics": "web.commands.statistics:statistics",
    "audit": "web.commands.cases:audit",
    "certificate": "web.commands.certificates:certificate",
    "process": "web.commands.processes:process",
    "bench": "web.commands.bench:bench",
}
"""Where each command lives; it is read only when it is asked for, so that a small one starts at once."""


@click.group(cls=Family, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """学籍办：中小学学籍业务的受理、核办与裁定。

    设置取自环境变量（XUEJIBAN_…），见 README。每个命令都有 --help。
    """


if __name__ == "__main__":
    main(prog_name="xuejiban")
